using PipelineRobustness.Models.Randomness;

namespace PipelineRobustness.Adversity.Failures;

/// <content>What each kind of failure does.</content>
public sealed partial class FailureInjector
{
    // False where nobody is there whom it could befall.
    private bool Fire(int index, int? stage)
    {
        var failure = _scenario.Failures[index];
        if (failure.Target.Kind == TargetKind.Traced && _traced.GetValueOrDefault(failure.Target.Node) is { } away && _givenUp.Remove(away))
        {
            // Of a machine that was given up nobody hears that it is gone.
            Note(index, away, failure.Target.Stage);
            return true;
        }

        var node = Node(failure.Target, stage);
        if (node is null && failure.Kind is not FailureKind.Join and not FailureKind.FullDisk) return false;
        Note(index, node ?? "", stage ?? failure.Target.Stage);
        Strike(failure, node ?? "", stage);
        return true;
    }

    private string? Node(Target target, int? stage) => target.Kind switch
    {
        TargetKind.Stage => _machines.NodeOf(target.Stage),
        TargetKind.Server => _machines.Server,
        TargetKind.Node => _machines.Has(target.Node) ? target.Node : null,
        TargetKind.Traced => _traced.GetValueOrDefault(target.Node) is { } node && _machines.Has(node) ? node : null,
        TargetKind.AnyNode when stage is { } here => _machines.NodeOf(here),
        TargetKind.AnyNode => _machines.Nodes is { Count: > 0 } nodes ? nodes[SeededRandom.Below(Key("node"), nodes.Count)] : null,
        _ => null,
    };

    private void Strike(Failure failure, string node, int? stage)
    {
        switch (failure.Kind)
        {
            case FailureKind.Crash when failure.Target.Kind == TargetKind.Server: CrashServer(node, failure); break;
            case FailureKind.Crash: Crash(node); break;
            case FailureKind.Hang: HoldUntil(Until(failure)); break;
            case FailureKind.Slow: _slow.Add((stage ?? failure.Target.Stage, failure.Factor, Until(failure))); break;
            case FailureKind.Pause when failure.Target.Kind == TargetKind.Server: PauseServer(node, failure.Lasts); break;
            case FailureKind.Pause: PauseNode(node, failure.Lasts); break;
            case FailureKind.Lose: _network.Lose(node, failure.Count); break;
            case FailureKind.Duplicate: _network.Duplicate(node, failure.Count); break;
            case FailureKind.Delay: _network.Delay(node, failure.Count, failure.Lasts); break;
            case FailureKind.Reorder: _network.Reorder(node, failure.Count, failure.Lasts); break;
            case FailureKind.Partition when failure.Target.Kind == TargetKind.Server: PartitionServer(node, failure.Lasts); break;
            case FailureKind.Partition: Partition(node, failure.Lasts); break;
            case FailureKind.OutOfMemory: throw new InsufficientMemoryException("out of memory, by the scenario");
            case FailureKind.FullDisk: _fullUntil = Later(_fullUntil, Until(failure)); break;
            case FailureKind.Join when failure.Target.Kind == TargetKind.Traced: _traced[failure.Target.Node] = _machines.Join(); break;
            case FailureKind.Join: _machines.Join(); break;
            case FailureKind.Leave: Leave(node, failure.Lasts); break;
            default: throw new ArgumentException($"nobody plays {failure.Kind} there", nameof(failure));
        }
    }

    private TimeSpan Until(Failure failure) => _machines.Now + failure.Lasts;

    // What lasts is not ended by another that is over sooner.
    private static TimeSpan Later(TimeSpan one, TimeSpan other) => one > other ? one : other;

    private void Crash(string node)
    {
        _network.Cut(node);
        Stop(node);
        _machines.Crash(node, _times.Death);
    }

    private void Leave(string node, TimeSpan notice)
    {
        _machines.After(notice, () => Go(node));
        _machines.Leave(node, notice);
    }

    // For good, also where it was given up meanwhile, or has come back under another name.
    private void Go(string node)
    {
        _givenUp.Remove(node);
        Stop(node);
        if (!_again.TryGetValue(node, out var again) || !_machines.Has(again)) return;
        Go(again);
        _machines.Leave(again, TimeSpan.Zero);
    }

    // What its stages are computing ends here.
    private void Stop(string node) => Meter?.Stop(_machines.Now, stage => _machines.NodeOf(stage) == node);

    private void CrashServer(string server, Failure failure)
    {
        if (!failure.WakesUp) _network.Cut(server);
        _machines.CrashServer(failure.WakesUp ? _times.Silence : _times.TakeOver, stops: !failure.WakesUp);
    }

    private void PauseServer(string server, TimeSpan lasts)
    {
        FallSilent(server, () => Succeed(server));
        StandStill(server, lasts);
    }

    private void PartitionServer(string server, TimeSpan lasts)
    {
        FallSilent(server, () => Succeed(server));
        CutOff(server, lasts, () => { });
    }

    private void CutOff(string machine, TimeSpan lasts, Action healed)
    {
        _network.Cut(machine);
        _cutUntil[machine] = Later(_cutUntil.GetValueOrDefault(machine), _machines.Now + lasts);
        _machines.After(lasts, () =>
        {
            if (_machines.Now < _cutUntil[machine]) return;
            _network.Heal(machine);
            healed();
        });
    }

    // Of a server that is silent for long the majority thinks that it is no more; it goes on, and finds another in its place.
    private void Succeed(string server)
    {
        if (_machines.Server == server) _machines.CrashServer(TimeSpan.Zero, stops: false);
    }

    // Where it heals in time nobody was given up, and only messages were lost.
    private void Partition(string node, TimeSpan lasts)
    {
        FallSilent(node, () => GiveUp(node));
        CutOff(node, lasts, () => BeHeardAgain(node));
    }

    // Where it goes on in time nothing was lost but time.
    private void PauseNode(string node, TimeSpan lasts)
    {
        FallSilent(node, () => GiveUp(node));
        StandStill(node, lasts);
        _machines.After(lasts, () => BeHeardAgain(node));
    }

    private void GiveUp(string node)
    {
        if (!_machines.Has(node)) return;
        _givenUp.Add(node);
        Stop(node);
        _machines.GiveUp(node);
    }

    // It says and hears nothing, and what its stages are computing is done later by so much.
    private void StandStill(string machine, TimeSpan lasts)
    {
        var (now, before) = (_machines.Now, _paused.GetValueOrDefault(machine));
        var until = _paused[machine] = Later(before, now + lasts);
        var longer = until - Later(before, now);
        _network.Stop(machine, until);
        _machines.Delay(machine, longer);
        if (_free.TryGetValue(machine, out var free) && free > now) _free[machine] = free + longer;
    }

    private bool IsSilent(string node) => _network.IsCut(node) || _machines.Now < _paused.GetValueOrDefault(node);

    private void FallSilent(string machine, Action tooLong)
    {
        if (IsSilent(machine)) return;
        var since = _silentSince[machine] = _machines.Now;
        _machines.After(_times.Silence, () =>
        {
            if (IsSilent(machine) && _silentSince[machine] == since) tooLong();
        });
    }

    // Who was given up comes back empty and under another name; a trace still means the same machine.
    private void BeHeardAgain(string node)
    {
        if (IsSilent(node) || !_givenUp.Remove(node)) return;
        var again = _again[node] = _machines.Join();
        if (_traced.FirstOrDefault(traced => traced.Value == node).Key is { } name) _traced[name] = again;
    }
}
