using Akka.Actor;
using PipelineRobustness.Pipeline.Ports;
using PipelineRobustness.Pipeline.Running;

namespace PipelineRobustness.Tests.Experiments;

/// <summary>A system with one defect, which is injected through a port.</summary>
/// <param name="Name">What.</param>
/// <param name="Break">Breaks it.</param>
/// <param name="CaughtBy">A seed that was found to notice; tried first.</param>
internal sealed record Defect(string Name, Func<RunSpec, RunSpec> Break, ulong CaughtBy)
{
    /// <summary>All defects that the campaign must detect.</summary>
    public static IReadOnlyList<Defect> All { get; } = [.. PipelineDefects.All, .. RefereeDefects.All, .. DetectionDefects.All];

    /// <summary>Its messages go by another transport.</summary>
    public static Func<RunSpec, RunSpec> Sending(Func<ITransport> transport) => Through(ports => ports with { Transport = transport() });

    /// <summary>Its stages behave otherwise.</summary>
    public static Func<RunSpec, RunSpec> Behaving(Func<IStageBehaviour, IStageBehaviour> behaviour) =>
        Through(ports => ports with { Behaviour = behaviour(ports.Behaviour) });

    /// <summary>Both, with what one knows of the other.</summary>
    public static Func<RunSpec, RunSpec> Both<T>(Func<IStageBehaviour, T> both)
        where T : IStageBehaviour, ITransport => Through(ports =>
    {
        var one = both(ports.Behaviour);
        return ports with { Behaviour = one, Transport = one };
    });

    /// <summary>It has other ports.</summary>
    public static Func<RunSpec, RunSpec> Through(Func<RunPorts, RunPorts> ports) => spec => spec with { Ports = ports(spec.Ports) };

    /// <summary>Its nodes are quarantined after another number of convictions.</summary>
    public static Func<RunSpec, RunSpec> QuarantiningAfter(Func<int, int> number) => spec => spec with
    {
        Plan = spec.Plan with { Defence = spec.Plan.Defence with { QuarantineAfter = number(spec.Plan.Defence.QuarantineAfter) } },
    };
}

/// <summary>Delivers what it is given, unless a defect is in the way.</summary>
internal class DefectiveTransport : ITransport
{
    public virtual void ToStage(IActorRef stage, object message, IActorRef sender) => stage.Tell(message, sender);

    public virtual void ToServer(IActorRef server, object message, IActorRef sender) => server.Tell(message, sender);
}
