using Akka.Actor;

namespace PipelineRobustness.Pipeline.Nodes;

/// <summary>One row of the supervision table.</summary>
/// <param name="Supervisor">The actor that decides.</param>
/// <param name="Child">The kind of child that failed.</param>
/// <param name="Exception">The exception, or a base class of it.</param>
/// <param name="Directive">What happens to the child.</param>
/// <param name="Why">Why.</param>
public sealed record SupervisionRule(
    string Supervisor, string Child, Type Exception, Directive Directive, string Why);

/// <summary>
/// The supervision table: which exception is resumed, stopped or escalated, and why. Nothing is restarted: a new actor
/// in an old one's place would have lost gradients that others count on. No rule counts within a time window (Akka's
/// windows are wall time); an actor that needs a count keeps it per iteration in its own state.
/// </summary>
public static class Supervision
{
    private const string Detectors = "detector";
    private const string Stages = "stage";
    private const string Referees = "referee";

    /// <summary>The rules; the first match decides.</summary>
    public static IReadOnlyList<SupervisionRule> Table { get; } =
    [
        new("node", Stages, typeof(ActorInitializationException), Directive.Stop,
            "a stage that could not be built holds nothing; the server learns what was missing"),
        new("node", Stages, typeof(Exception), Directive.Stop,
            "its gradients are half summed and its native state is suspect; the server decides"),
        new("stage", Detectors, typeof(Exception), Directive.Escalate,
            "a stage without its detector cannot check, so the node treats it as the stage's own failure"),
        new("server", Referees, typeof(Exception), Directive.Stop,
            "it would fail on the same block again; the run ends and says on what"),
        new("run", "server, membership, node", typeof(Exception), Directive.Stop,
            "a server that fails on a message would fail on it again; the run ends and says on what"),
    ];

    /// <summary>What a stage does about its detector.</summary>
    internal static SupervisorStrategy OfDetectors { get; } = new OneForOneStrategy(e => Decide(Detectors, e));

    /// <summary>What a node does about its stages; <paramref name="lost"/> is called for each stopped stage.</summary>
    internal static SupervisorStrategy OfStages(Action<IActorRef, Exception> lost) =>
        new Telling(e => Decide(Stages, e), lost);

    /// <summary>What the server does about its referee; <paramref name="lost"/> is called where it failed.</summary>
    internal static SupervisorStrategy OfReferee(Action<IActorRef, Exception> lost) => new Telling(e => Decide(Referees, e), lost);

    /// <summary>The directive for an exception of a kind of child.</summary>
    public static Directive Decide(string child, Exception exception) =>
        Table.First(r => r.Child == child && r.Exception.IsInstanceOfType(exception)).Directive;

    // Akka's decider sees only the exception; this sees the failed child as well.
    private sealed class Telling(Func<Exception, Directive> decide, Action<IActorRef, Exception> lost)
        : OneForOneStrategy(decide)
    {
        protected override Directive Handle(IActorRef child, Exception exception)
        {
            lost(child, exception);
            return base.Handle(child, exception);
        }
    }
}
