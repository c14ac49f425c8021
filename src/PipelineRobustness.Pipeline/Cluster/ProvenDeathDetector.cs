using Akka.Actor;
using Akka.Configuration;
using Akka.Event;
using Akka.Remote;

namespace PipelineRobustness.Pipeline.Cluster;

/// <summary>
/// Akka's detector, that can also be told of a proven death and then finds the member gone for good. Named in cluster.conf.
/// A detector does not know whose it is; so whoever has a proof asks the cluster whether that address is available, and
/// the one that is asked during that question, on that thread, is the one.
/// </summary>
public sealed class ProvenDeathDetector(Config config, EventStream events) : FailureDetector
{
    [ThreadStatic]
    private static bool _proven;

    private readonly PhiAccrualFailureDetector _phi = new(config, events);
    private volatile bool _gone;

    /// <inheritdoc/>
    public override bool IsAvailable
    {
        get
        {
            if (_proven) _gone = true;
            return !_gone && _phi.IsAvailable;
        }
    }

    /// <inheritdoc/>
    public override bool IsMonitoring => _phi.IsMonitoring;

    /// <inheritdoc/>
    public override void HeartBeat() => _phi.HeartBeat();

    /// <summary>The member at this address is dead.</summary>
    public static void Tell(IFailureDetectorRegistry<Address> detectors, Address address)
    {
        ArgumentNullException.ThrowIfNull(detectors);
        try
        {
            _proven = true;
            detectors.IsAvailable(address);
        }
        finally
        {
            _proven = false;
        }
    }
}
