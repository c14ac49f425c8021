using System.Collections.Immutable;
using Akka.Actor;
using PipelineRobustness.Pipeline.Messages;

namespace PipelineRobustness.Pipeline.Server.Phases;

/// <summary>Some stages have stepped: those that had prepared the step get the same commit, under this ballot (law 2).</summary>
internal sealed class RollingForward(Ballot ballot, StateReports reports, Commit commit, ImmutableArray<StageState> behind) : Phase
{
    private readonly HashSet<StageState> _behind = [.. behind];

    public override string WaitingFor => $"the commit of iteration {commit.State.Version - 1} by {_behind.Count} that had prepared it";

    public override StepId? Work => commit.Work;

    public override IEnumerable<int>? Awaited => _behind.Select(stage => stage.Stage);

    public override StateReports Reports => reports;

    public override IActorRef? Address(int stage) => _behind.FirstOrDefault(holder => holder.Stage == stage)?.Actor;

    public override Transition? Begin(Outbox outbox)
    {
        outbox.ToStages([.. behind.Select(stage => stage.Actor)], commit with { Ballot = ballot });
        return null;
    }

    // A lost commit is noticed by the stages' waiting; the placing that follows needs the timer.
    public override bool AskAgain(Outbox outbox) => true;

    public override Transition? Take(Input input, Outbox outbox)
    {
        if (input.Message is not Committed stepped) return null;
        _behind.RemoveWhere(holder => holder.Stage == stepped.Stage);
        reports[input.From] = reports[input.From] with { Version = commit.State.Version, Own = stepped.Own, Copy = stepped.Copy, Prepared = null };
        return _behind.Count == 0 ? new Transition.Reported(reports) : Transition.Stay.Instance;
    }
}
