using System.Runtime.CompilerServices;
using PipelineRobustness.Adversity.Attacks;
using PipelineRobustness.Adversity.Failures;
using PipelineRobustness.Adversity.Liars;
using PipelineRobustness.Pipeline.Remedies;
using PipelineRobustness.Pipeline.Verification.Detectors;

namespace PipelineRobustness.Tests.Extending;

/// <summary>The examples of docs/extending, in the catalogs of this process before any setting is read.</summary>
internal static class PluggedIn
{
    [ModuleInitializer]
    internal static void Add()
    {
        AttackCatalog.Add(typeof(EarlierMicroBatch));
        LiarCatalog.Add(typeof(BetterLoss));
        FailureKinds.Add(typeof(Brownout));
        RemedyCatalog.Add(typeof(RestartIfLarge));
        DetectorCatalog.Add(typeof(RangeDetector));
    }
}
