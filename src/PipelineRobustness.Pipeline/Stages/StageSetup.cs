using System.Collections.Immutable;
using Akka.Actor;
using PipelineRobustness.Models.Shape;
using PipelineRobustness.Models.Training;
using PipelineRobustness.Models.Weights;
using PipelineRobustness.Pipeline.Ports;
using PipelineRobustness.Pipeline.Referee;
using PipelineRobustness.Pipeline.Remedies;
using PipelineRobustness.Pipeline.Running;
using PipelineRobustness.Pipeline.Security;
using PipelineRobustness.Pipeline.Server;
using PipelineRobustness.Pipeline.Stages.ShapeOnly;
using PipelineRobustness.Pipeline.Verification;
using static TorchSharp.torch;

namespace PipelineRobustness.Pipeline.Stages;

/// <summary>What every stage of a run is built from; the same on every node.</summary>
internal sealed class StageSetup(RunSpec run)
{
    public RunSpec Run => run;

    public RunPlan Plan => run.Plan;

    public RunData Data => run.Data;

    public IWeightSource Weights => run.Weights;

    public RunPorts Ports => run.Ports;

    public IRemedy Remedy { get; } = run.Plan.Defence.Rule;

    /// <summary>The detector that inspects received values; null if the remedy needs no inspection.</summary>
    public IDetector? Detector => Plan.Defence.Inspecting;

    /// <summary>What stages compute with.</summary>
    public INumerics Numerics => field ??= Plan.Numerics == Running.Numerics.Shapes ? new ShapeOnlyNumerics(this) : new TensorNumerics(this);

    /// <summary>A pass in which all stages take part.</summary>
    public PassPlan WholePass => field ??= new PassPlan(Plan.Stages, Plan.Copies, []);

    public IReadOnlyList<BlockRange> Cut { get; } = Models.Shape.Cut.Balanced(run.Plan.Model, run.Plan.Stages);

    /// <summary>Bytes of each block's weights and moments.</summary>
    public IReadOnlyList<long> StateBytes => field ??= [.. Cut.Select(block => BlockState.BytesOf(Plan.Model, block))];

    /// <summary>Called once on every thread that computes for a stage.</summary>
    public void BeginComputing()
    {
        set_num_threads(Plan.Pipeline.IntraOpThreads);
        Ports.OnComputeThread();
    }

    /// <summary>A pass without some stages.</summary>
    public PassPlan PassWithout(ImmutableSortedSet<int> skipped) => skipped.IsEmpty ? WholePass : new PassPlan(Plan.Stages, Plan.Copies, skipped);

    /// <summary>A new block, with the state of the checkpoint that it begins with, if any. The block is disposed of if that cannot be read.</summary>
    public IHeldBlock Begun(IHeldBlock built, int block, Origin origin)
    {
        if (origin.Manifest is null) return built;
        try
        {
            using var state = Ports.Store!.Read(origin.Manifest, Cut[block], Plan.Model);
            built.Restore(state);
            return built;
        }
        catch
        {
            built.Dispose();
            throw;
        }
    }

    /// <summary>The pipeline as a referee knows it.</summary>
    public Ring Ring => field ??= Ring.Of(Plan);

    /// <summary>The child of a stage that inspects what comes, states what the stage does, or both; null where neither is needed.</summary>
    public Props? DetectorOrWitness(int stage, IActorRef server, NodeKey key)
    {
        SignStatement sign = (work, statement) => key.Sign(StatementBytes.Of(Plan.Name, work, statement));
        return Remedy.IsRefereed ? Props.Create(() => new Witness(stage, server, Plan, sign, BeginComputing, Ports.Transport))
            : Checks(stage) ? Props.Create(() => new Detector(stage, server, Plan, BeginComputing, Ports.Transport))
            : null;
    }

    /// <summary>Whether a stage inspects anything in either direction.</summary>
    public bool Checks(int stage) => Enum.GetValues<Direction>().Any(d => WholePass.Checks(Detector, d, stage));

    /// <summary>Moves a tensor to the device that stages compute on; the caller gives it away.</summary>
    public Tensor ToDevice(Tensor tensor) => tensor.MovedTo(Ports.Device);

    public int? CopyHeldBy(int stage) => PassPlan.CopyHeldBy(stage, Plan.Stages, Plan.Copies);
}
