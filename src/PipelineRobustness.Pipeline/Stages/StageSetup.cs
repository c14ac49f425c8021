using PipelineRobustness.Models;

namespace PipelineRobustness.Pipeline;

/// <summary>What every stage of a run is built from; the same on every node.</summary>
internal sealed record StageSetup(RunPlan Plan, IWeightSource Weights, RunData Data, Ports Ports)
{
    public IRemedy Remedy { get; } = Remedies.TryGet(Plan.Remedy, out var remedy)
        ? remedy
        : throw new BadInputException($"defence.remedy: expected one of {string.Join(", ", Remedies.Names)}, found {Plan.Remedy}");

    public IReadOnlyList<BlockRange> Cut { get; } = Models.Cut.Balanced(Plan.Model, Plan.Stages);

    public BlockWork Build(int block) => new(
        new BlockTrainer(new Block(Plan.Model, Cut[block], Weights), Plan.Optimizer), Plan.MicroBatches, Plan.Recompute);

    /// <summary>Whether a stage compares anything in either direction.</summary>
    public bool Checks(int stage)
    {
        var plan = new PassPlan(Plan.Stages, Plan.Copies, []);
        return Remedy.Compares && Enum.GetValues<Direction>().Any(d => plan.Checkers(d).Contains(stage));
    }

    public int? CopyHeldBy(int stage) => PassPlan.CopyHeldBy(stage, Plan.Stages, Plan.Copies);
}
