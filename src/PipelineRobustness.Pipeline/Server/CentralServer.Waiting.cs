using Akka.Actor;
using PipelineRobustness.Pipeline.Messages;
using PipelineRobustness.Pipeline.Running;

namespace PipelineRobustness.Pipeline.Server;

/// <content>Its phases; who waits, for whom, since when; and what is done where all wait for each other.</content>
internal partial class CentralServer
{
    private const double SlowestBytesPerSecond = 1 << 20;

    private readonly Dictionary<int, (DateTimeOffset Since, DateTimeOffset Told, IActorRef By)> _waits = [];
    private readonly Dictionary<int, DateTimeOffset> _waitsTold = [];
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
        var since = Now - wait.Waited;
        _waits[wait.Stage] = (since, Now, Sender);
        var owes = _phase == Phase.Training && _pass.Owes(wait.Stage);
        if (!owes && wait.Work is null) return;
        var last = _waitsTold.GetValueOrDefault(wait.Stage);
        if (Now - (last > since ? last : since) < Plan.WaitReport) return;
        _waitsTold[wait.Stage] = Now;
        Tell(new WaitReported($"stage {wait.Stage}", wait.Work is { } work ? $"{wait.What} ({work})" : wait.What, since));
    }

    private void ReportWait()
    {
        SayAgain();
        var waited = Now - _waitingSince;
        if (waited >= Plan.GiveUpAfter)
        {
            Fail($"gave up after {Plan.GiveUpAfter.TotalSeconds:0} s (pipeline.give-up-after): waited for {_waitingFor()} since "
                + Moment.Of(_setup.Ports.Clock, _waitingSince));
        }
        else if (Plan.RetryAfter > TimeSpan.Zero && waited >= Patience && IsStuck)
        {
            CallRoll($"nothing came for {waited.TotalSeconds:0} s (recovery.retry-after): waited for {_waitingFor()}", "waiting");
        }
        else
        {
            if (Plan.RetryAfter > TimeSpan.Zero && waited >= Patience) AskAround();
            if (Now - _reportedAt < Plan.WaitReport) return;
            _reportedAt = Now;
            Tell(new WaitReported("the central server", _waitingFor(), _waitingSince));
        }
    }

    // The same of those who may be busy for long.
    private void SayAgain()
    {
        if (_phase == Phase.Storing) AskForShards();
        else if (_phase is Phase.Rolling or Phase.Homeless)
            foreach (var node in _nodes.Values.Where(n => !Answered(n.Node) || _mute.Contains(n.Node))) Call(node);
    }

    // Who neither computes nor says that it waits may be no more, and the word of it lost; or all obey another server, and the
    // word of that was lost.
    private void AskAround()
    {
        if (_phase < Phase.Rebuilding) return;
        foreach (var node in Enumerable.Range(0, Plan.Stages).Where(s => !ToldLately(s)).Select(s => _placement[s]).Distinct())
            _nodes[node].Actor.Tell(new StagesQuery(_ballot));

        bool ToldLately(int stage) => _waits.TryGetValue(stage, out var wait) && wait.By.Equals(_stages[stage]) && IsRecent(wait.Told);
    }

    private void Miss(StagesAlive told)
    {
        if (_phase < Phase.Rebuilding || !Counts(told.Ballot, told.Node)) return;
        var gone = Enumerable.Range(0, Plan.Stages).Where(s => _placement[s] == told.Node && !told.Stages.Contains(_stages[s])).ToArray();
        if (gone.Length > 0) CallRoll($"{PassLedger.Stages(gone)} on {told.Node} failed, and the word of it was lost", $"stage {gone[0]}");
    }

    // A block may have a long way, whatever a second's worth of it that the slowest of networks takes.
    private TimeSpan Patience => Plan.RetryAfter + (_phase is Phase.Rebuilding or Phase.Repairing or Phase.Collecting
        ? TimeSpan.FromSeconds(_setup.StateBytes.Max() / SlowestBytesPerSecond)
        : TimeSpan.Zero);

    // A message was lost where all wait. Roll calls and orders to
    // start a stage are given again by themselves; the disk has all the time that it takes.
    private bool IsStuck => _phase switch
    {
        Phase.Arriving or Phase.Rolling or Phase.Homeless or Phase.Placing or Phase.Storing => false,
        Phase.Forwarding => AllWait(_behind.Select(holder => _present[holder].Stage)),
        _ => AllWait(Enumerable.Range(0, Plan.Stages)),
    };

    // All said so not long ago, and would again; and there was a while in which they waited all at once, so that nothing was on its
    // way either. Else somebody may have computed since it said so: a long pipeline hears nothing of that for long.
    private bool AllWait(IEnumerable<int> stages)
    {
        var (from, to) = (DateTimeOffset.MinValue, DateTimeOffset.MaxValue);
        foreach (var stage in stages)
        {
            if (!_waits.TryGetValue(stage, out var wait) || wait.Told <= _waitingSince || !IsRecent(wait.Told)) return false;
            if (wait.Since > from) from = wait.Since;
            if (wait.Told < to) to = wait.Told;
        }

        return to - from >= Plan.WaitsTold;
    }

    private bool IsRecent(DateTimeOffset told) => Now - told < 2 * Plan.WaitsTold;

    private sealed class ClockTick
    {
        public static ClockTick Instance { get; } = new();
    }
}
