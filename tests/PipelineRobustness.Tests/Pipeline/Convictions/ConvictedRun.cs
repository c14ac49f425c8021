using PipelineRobustness.Adversity.Liars;
using PipelineRobustness.Hosting;
using PipelineRobustness.Pipeline.Convictions;
using PipelineRobustness.Pipeline.Ports;
using PipelineRobustness.Pipeline.Running;
using PipelineRobustness.Pipeline.Simulation;

namespace PipelineRobustness.Tests.Pipeline.Convictions;

/// <summary>A run with liars that keeps the evidence of their convictions in a folder of its own.</summary>
internal sealed class ConvictedRun : IDisposable
{
    public static readonly Rig Honest = new()
    {
        Layers = 4,
        Stages = 4,
        MicroBatches = 2,
        MicroBatchSize = 1,
        Iterations = 2,
        Tied = true,
        Remedy = "referee",
        RetriesMax = 5,
    };

    public string Folder { get; } = Directory.CreateTempSubdirectory("evidence-").FullName;

    /// <summary>The folders of convictions, in the order of their names.</summary>
    public IReadOnlyList<string> Convictions =>
        Directory.Exists(Folder) ? [.. Directory.GetDirectories(Folder).Order(StringComparer.Ordinal)] : [];

    /// <summary>Runs it in one process.</summary>
    public Ended Run(Rig rig, Action? ask = null)
    {
        var (adversary, log) = (rig.Adversary(), new EventLog());
        var outcome = PipelineHost.RunAsync(rig.Spec(Ports(adversary, ask)), log).WaitAsync(TimeSpan.FromMinutes(3)).GetAwaiter().GetResult();
        return Ended.Of(outcome, log, adversary);
    }

    /// <summary>Runs it on more nodes than stages, in a seeded interleaving; something may be done to them in the first hearing.</summary>
    public Ended Simulate(Rig rig, ulong interleaving, Action<RunSystem>? strike = null, Action<RunSystem>? ask = null)
    {
        var (adversary, log) = (rig.Adversary(), new EventLog());
        RunSystem? system = null;
        var behaviour = new Striking(adversary, () => strike?.Invoke(system!));
        var outcome = SimulatedRun.Run(
            interleaving, rig.Spec(Ports(behaviour, () => ask?.Invoke(system!))), log, nodes: rig.Stages + 2, room: 1, (run, _) => system = run);
        Assert.NotNull(outcome);
        return Ended.Of(outcome, log, adversary);
    }

    public static Rig With(Liar liar, params int[] stages) =>
        Honest with { Liars = [liar with { Stage = [.. stages.Select(stage => $"{stage}")] }] };

    public void Dispose() => Directory.Delete(Folder, recursive: true);

    private RunPorts Ports(IStageBehaviour behaviour, Action? ask) =>
        new() { Behaviour = behaviour, Evidence = new EvidenceFolder(Folder, "0123456789abcdef", ask ?? (() => { })) };

    private sealed class Striking(IStageBehaviour inner, Action strike) : DelegatingBehaviour(inner)
    {
        private bool _done;

        public override void BeforeHearing(HearingContext context)
        {
            if (!_done) strike();
            _done = true;
            base.BeforeHearing(context);
        }
    }
}
