using PipelineRobustness.Experiments.Results;
using PipelineRobustness.Pipeline.Ports;

namespace PipelineRobustness.Experiments.Runs;

/// <summary>The evidence of a run's convictions in its output folder; a refusal of the file system is one line.</summary>
internal sealed class SavedEvidence(IEvidence evidence) : IEvidence
{
    /// <inheritdoc/>
    public void Write(EvidenceBundle bundle) => NotSavedException.Try($"evidence/{bundle.Name}", () =>
    {
        evidence.Write(bundle);
        return true;
    });
}
