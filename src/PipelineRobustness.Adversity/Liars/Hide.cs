using PipelineRobustness.Pipeline.Ports;
using PipelineRobustness.Pipeline.Settings;
using static TorchSharp.torch;

namespace PipelineRobustness.Adversity.Liars;

/// <summary>What is shown in place of what was asked for.</summary>
public enum Shown
{
    /// <summary>Something else.</summary>
    Another,

    /// <summary>Nothing.</summary>
    Nothing,
}

/// <summary>Does not show the referee what it worked on.</summary>
public sealed record Hide : Liar
{
    /// <inheritdoc/>
    public override string Kind => "hide";

    /// <inheritdoc/>
    public override Act? AfterPass => Act.Statement;

    /// <summary>What it shows: another tensor, or nothing.</summary>
    [Setting]
    public Shown Shows { get; init; }

    /// <inheritdoc/>
    public override Tensor? Show(HeldContext context, int? microBatch, Tensor honest, ulong key) =>
        Shows == Shown.Nothing ? null : Other(honest, key);
}
