using System.Runtime.CompilerServices;
using Akka.Actor;
using Akka.Configuration;
using Akka.Event;
using Akka.Remote;

namespace PipelineRobustness.Pipeline.Cluster;

/// <summary>
/// Akka's phi accrual detector, which can also be given a proof: from then on its member is unreachable, however recent the last heartbeat.
/// Without it a member that was downed, but is not yet unreachable, would hold up the cluster for seconds. Named in cluster.conf.
/// </summary>
public sealed class ProvenDeathDetector(Config config, EventStream events) : FailureDetector
{
    private readonly PhiAccrualFailureDetector _phi = new(config, events);

    // Never back to false: a process that starts again at this address is another member, with a detector of its own.
    private volatile bool _dead;

    /// <inheritdoc/>
    public override bool IsAvailable => !_dead && _phi.IsAvailable;

    /// <inheritdoc/>
    public override bool IsMonitoring => _phi.IsMonitoring;

    /// <inheritdoc/>
    public override void HeartBeat() => _phi.HeartBeat();

    /// <summary>The member at this address is dead.</summary>
    public static void DeclareDead(DefaultFailureDetectorRegistry<Address> detectors, Address address)
    {
        if (Registry<Address>.DetectorOf(detectors, address) is ProvenDeathDetector detector) detector._dead = true;
    }

    // A detector does not know its address, and Akka 1.5.74 has no public way from an address to its detector.
    private static class Registry<T>
    {
        [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "GetFailureDetector")]
        public static extern FailureDetector? DetectorOf(DefaultFailureDetectorRegistry<T> detectors, T resource);
    }
}
