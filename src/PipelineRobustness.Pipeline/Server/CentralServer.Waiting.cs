namespace PipelineRobustness.Pipeline;

/// <content>Its phases; who waits, for whom, since when; and what is done where all wait for each other.</content>
internal sealed partial class CentralServer
{
    private readonly Dictionary<int, DateTimeOffset> _waits = [];
    private Phase _phase;

    private enum Phase
    {
        Arriving,
        Rolling,
        Homeless,
        Forwarding,
        Placing,
        Rebuilding,
        Training,
        Auditing,
        Committing,
        Repairing,
        Evaluating,
        Storing,
        Collecting,
    }

    // Whether every stage has its place and its state: a node that holds nothing may then come and go unheeded.
    private bool Works => _phase >= Phase.Training;

    private void Enter(Phase phase, Action handlers, Func<string> waitingFor)
    {
        _phase = phase;
        Become(handlers);
        Await(waitingFor);
    }

    private void Await(Func<string> what)
    {
        _waitingFor = what;
        Heard();
    }

    private void Heard()
    {
        _waitingSince = Now;
        _reportedAt = _waitingSince;
    }

    private void Wait(StageWaits wait)
    {
        _waits[wait.Stage] = Now;
        Tell(new WaitReported($"stage {wait.Stage}", wait.What, wait.Since));
    }

    private void ReportWait()
    {
        var waited = Now - _waitingSince;
        if (waited >= Plan.GiveUpAfter)
        {
            Fail($"gave up after {Plan.GiveUpAfter.TotalSeconds:0} s (pipeline.give-up-after): waited for {_waitingFor()} since {_waitingSince:u}");
        }
        else if (Plan.ReplayAfter > TimeSpan.Zero && waited >= Plan.ReplayAfter && IsStuck)
        {
            CallRoll($"nothing came for {waited.TotalSeconds:0} s (recovery.replay-after): waited for {_waitingFor()}", "waiting");
        }
        else if (Now - _reportedAt >= Plan.WaitReport)
        {
            _reportedAt = Now;
            Tell(new WaitReported("the central server", _waitingFor(), _waitingSince));
        }
    }

    // A message was lost where nobody computes: whoever computes, however long, does not say that it waits.
    private bool IsStuck => _phase switch
    {
        Phase.Arriving or Phase.Rolling or Phase.Homeless or Phase.Placing => false,
        Phase.Training => _pass.OwingStages.All(Waits),
        Phase.Evaluating => Enumerable.Range(0, Plan.Stages).Any(Waits) && Waits(Plan.Stages - 1),
        _ => true,
    };

    private bool Waits(int stage) => _waits.TryGetValue(stage, out var at) && at > _waitingSince;

    private sealed class LookAtTheClock
    {
        public static LookAtTheClock Instance { get; } = new();
    }
}
