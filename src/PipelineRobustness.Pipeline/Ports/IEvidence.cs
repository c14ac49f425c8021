using PipelineRobustness.Pipeline.Convictions;
using PipelineRobustness.Pipeline.Referee;
using PipelineRobustness.Pipeline.Security;
using static TorchSharp.torch;

namespace PipelineRobustness.Pipeline.Ports;

/// <summary>
/// The port by which the evidence of convictions is kept. It is called on the referee's thread, before a conviction takes effect; what it
/// writes may be written again after a failure.
/// </summary>
public interface IEvidence
{
    /// <summary>Keeps the evidence of a conviction; returns when nothing can take it away any more.</summary>
    /// <param name="bundle">The evidence; its tensors stay the caller's.</param>
    /// <exception cref="IOException">It cannot be kept: the run ends, since no stage is convicted without.</exception>
    void Write(EvidenceBundle bundle);
}

/// <summary>The evidence of a conviction, before it is signed.</summary>
/// <param name="Name">Its name, which no other conviction of any run of the experiment has.</param>
/// <param name="Content">What is written; identity and exhibits' hash are not set yet.</param>
/// <param name="Signatures">The signatures of the statements.</param>
/// <param name="Exhibits">What was shown, by its name in the file.</param>
/// <param name="Key">The key of the server's node.</param>
public sealed record EvidenceBundle(
    string Name, EvidenceContent Content, IReadOnlyList<StatementSignature> Signatures, IReadOnlyList<(string Name, Tensor Value)> Exhibits, NodeKey Key);
