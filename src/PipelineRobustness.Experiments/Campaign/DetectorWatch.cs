using System.Collections.Immutable;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Akka.Actor;
using PipelineRobustness.Pipeline.Messages;
using PipelineRobustness.Pipeline.Ports;
using PipelineRobustness.Pipeline.Verification;

namespace PipelineRobustness.Experiments.Campaign;

/// <summary>Observes with which states of detectors versions are committed: every version has one, whichever server commits it and however often.</summary>
/// <param name="ports">The ports to observe.</param>
internal sealed class DetectorWatch(RunPorts ports) : ITransport
{
    private readonly Dictionary<long, string> _states = new() { [0] = Digest([]) };

    /// <summary>The ports, watched.</summary>
    public RunPorts Ports => ports with { Transport = this };

    /// <summary>A digest of all stages' states, by the version.</summary>
    public IReadOnlyDictionary<long, string> States => _states;

    /// <summary>The first version with two states; null where none has.</summary>
    public string? Violation { get; private set; }

    /// <inheritdoc/>
    public void ToStage(IActorRef stage, object message, IActorRef sender)
    {
        if ((message as Commit)?.State is { } committed) Take(committed.Version, committed.Detectors);
        if ((message as StageAddresses)?.State is { } placed) Take(placed.Version, placed.Detectors);
        ports.Transport.ToStage(stage, message, sender);
    }

    /// <inheritdoc/>
    public void ToServer(IActorRef server, object message, IActorRef sender) => ports.Transport.ToServer(server, message, sender);

    private void Take(long version, ImmutableArray<DetectorState> states)
    {
        var digest = Digest(states);
        if (!_states.TryAdd(version, digest) && _states[version] != digest) Violation ??= $"version {version} has two states of detectors";
    }

    private static string Digest(ImmutableArray<DetectorState> states)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var state in states.SelectMany(one => (ImmutableArray<byte>[])[one.Forward, one.Backward]))
        {
            hash.AppendData(MemoryMarshal.AsBytes<int>([state.Length]));
            hash.AppendData(state.AsSpan());
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
