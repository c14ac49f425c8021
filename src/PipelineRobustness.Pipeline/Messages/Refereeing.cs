using System.Collections.Immutable;
using PipelineRobustness.Models.Training;
using PipelineRobustness.Pipeline.Ports;
using PipelineRobustness.Pipeline.Referee;
using static TorchSharp.torch;

namespace PipelineRobustness.Pipeline.Messages;

/// <summary>A stage's witness to the server: all that the stage states about a pass.</summary>
/// <param name="Work">The identity of the pass.</param>
/// <param name="Statement">What it states.</param>
/// <param name="Signature">That of the stage's node, over <see cref="StatementBytes"/>.</param>
[Wire("ST", 2)]
public sealed record PassStated(StepId Work, Statement Statement, ImmutableArray<byte> Signature) : IWorkMessage;

/// <summary>Server to a holder of a block: show what the referee needs.</summary>
/// <param name="Work">The identity of the pass.</param>
/// <param name="Exhibits">What is needed.</param>
[Wire("SX")]
public sealed record ShowExhibits(StepId Work, ImmutableArray<ExhibitKey> Exhibits) : IWorkMessage;

/// <summary>
/// Stage to server, before the exhibits themselves: what it is going to show. What is not listed is not shown, so that nothing
/// depends on how long the server waits.
/// </summary>
/// <param name="Work">The identity of the pass.</param>
/// <param name="Stage">The stage.</param>
/// <param name="Shown">What follows.</param>
[Wire("EL")]
public sealed record ExhibitsListed(StepId Work, int Stage, ImmutableArray<ExhibitKey> Shown) : IWorkMessage;

/// <summary>Stage to server: a tensor that it worked on.</summary>
/// <param name="Work">The identity of the pass.</param>
/// <param name="Stage">The stage.</param>
/// <param name="Key">What it is.</param>
/// <param name="Value">An input or a gradient [batch, time, hidden], or a tied part [vocabulary, hidden].</param>
public sealed record ExhibitShown(StepId Work, int Stage, ExhibitKey Key, Tensor Value) : IWorkMessage, ITensorMessage
{
    /// <inheritdoc/>
    public void Dispose() => Value.Dispose();
}

/// <summary>Stage to server: the state of a block, for a hearing or for another holder.</summary>
/// <param name="Work">The identity of the pass.</param>
/// <param name="Stage">The stage.</param>
/// <param name="Key">Of which block, and which state.</param>
/// <param name="State">Weights, moments and step counts.</param>
public sealed record StateShown(StepId Work, int Stage, ExhibitKey Key, BlockState State) : IWorkMessage, ITensorMessage
{
    /// <inheritdoc/>
    public void Dispose() => State.Dispose();
}

/// <summary>Stage to its witness: a value that the stage states. The witness owns and disposes of it.</summary>
/// <param name="Work">The identity of the pass.</param>
/// <param name="Direction">Which way the pass goes.</param>
/// <param name="Part">What is stated about it.</param>
/// <param name="MicroBatch">The micro-batch; 0 for a part of the tied matrix's gradient.</param>
/// <param name="Value">The value.</param>
internal sealed record Witnessed(StepId Work, Direction Direction, StatementPart Part, int MicroBatch, Tensor Value) : IWorkMessage, ITensorMessage
{
    /// <inheritdoc/>
    public void Dispose() => Value.Dispose();
}

/// <summary>Stage to its witness, after all values of a pass: what it added up. With it the statement is complete.</summary>
/// <param name="Work">The identity of the pass.</param>
/// <param name="Own">Of its own block.</param>
/// <param name="Copy">Of the copy that it holds; null for none.</param>
internal sealed record SumsWitnessed(StepId Work, ReportedSums Own, ReportedSums? Copy) : IWorkMessage;
