using System.Collections.Immutable;
using Akka.Actor;
using PipelineRobustness.Models.Shape;
using PipelineRobustness.Models.Training;
using PipelineRobustness.Pipeline.Messages;
using PipelineRobustness.Pipeline.Referee;
using PipelineRobustness.Pipeline.Remedies;
using PipelineRobustness.Pipeline.Running;
using PipelineRobustness.Pipeline.Verification;

namespace PipelineRobustness.Pipeline.Server;

/// <summary>What a coordinator knows of its run from the start; none of it changes.</summary>
/// <param name="Run">Which run, as nodes know it.</param>
/// <param name="Plan">The plan of the run.</param>
/// <param name="Remedy">What is done about a suspect.</param>
/// <param name="Here">The node that the server is on: half of its ballots.</param>
/// <param name="Server">The server's address, to which nodes and stages answer.</param>
/// <param name="EvaluationMicroBatches">Micro-batches of one evaluation.</param>
/// <param name="HasStore">Whether checkpoints can be written.</param>
/// <param name="HasEvidence">Whether the evidence of convictions is kept.</param>
internal sealed record RunRules(
    RunKey Run, RunPlan Plan, IRemedy Remedy, NodeId Here, IActorRef Server, int EvaluationMicroBatches, bool HasStore, bool HasEvidence = false)
{
    // Computed once: every pass asks for it.
    private readonly PassPlan _wholePass = new(Plan.Stages, Plan.Copies, []);

    /// <summary>What the processor of the server's node gives, which every node's must give; null where nodes are not compared.</summary>
    public UInt128? Fingerprint { get; init; }

    /// <summary>The detector that inspects received values; null if the remedy needs no inspection.</summary>
    public IDetector? Detector => Plan.Defence.Inspecting;

    /// <summary>Whether stages state what they do, and a referee decides where statements differ.</summary>
    public bool IsRefereed => Remedy.IsRefereed;

    /// <summary>The pipeline as the referee knows it; null where none is asked.</summary>
    public Ring? Ring { get; } = Remedy.IsRefereed ? Ring.Of(Plan) : null;

    /// <summary>What statements must keep; null where no referee is asked.</summary>
    public RefereeRules? Statements => field ??= Ring is { } ring ? RefereeRules.Of(ring) : null;

    /// <summary>The stages, in order.</summary>
    public IEnumerable<int> AllStages => Enumerable.Range(0, Plan.Stages);

    /// <summary>Bytes of the weights and moments of the largest block.</summary>
    public long LargestState { get; } = Cut.Balanced(Plan.Model, Plan.Stages).Max(block => BlockState.BytesOf(Plan.Model, block));

    /// <summary>Which stages take part in a pass, and which stage checks which.</summary>
    public PassPlan PassWithout(ImmutableSortedSet<int> skipped) => skipped.IsEmpty
        ? _wholePass
        : new PassPlan(Plan.Stages, Plan.Copies, skipped);

    /// <summary>The block of which a stage holds a copy.</summary>
    public int? CopyHeldBy(int stage) => PassPlan.CopyHeldBy(stage, Plan.Stages, Plan.Copies);

    /// <summary>The stage that holds the copy of a block.</summary>
    public int HolderOfCopy(int block) => (block + 1) % Plan.Stages;
}
