using System.Globalization;
using PipelineRobustness.Models.Shape;
using PipelineRobustness.Pipeline.Verification;

namespace PipelineRobustness.Benchmarks;

/// <summary>The expected cost of copies of the middle blocks, relative to none.</summary>
/// <param name="Work">Blocks computed, copies included: 1 + (K - 2) / K, so 1.5 at 4 stages.</param>
/// <param name="Time">The same, including the schedule's loss because only some stages have twice the work.</param>
/// <param name="State">Weights, gradients and moments by number of parameters; the first and last blocks are not copied.</param>
internal sealed record ExpectedCopyCost(double Work, double Time, double State)
{
    public static ExpectedCopyCost Of(Workload workload, int stages, int cores)
    {
        var holders = Enumerable.Range(0, stages)
            .Select(stage => PassPlan.CopyHeldBy(stage, stages, CopyPlacement.Middle)).ToArray();
        var work = 1 + (stages - 2.0) / stages;
        var without = ScheduleBound.Of([.. Enumerable.Repeat(1, stages)], workload.MicroBatches, cores);
        var with = ScheduleBound.Of([.. holders.Select(held => held is null ? 1 : 2)], workload.MicroBatches, cores);
        var cut = Cut.Balanced(workload.Model, stages);
        var own = cut.Sum(block => Cut.Parameters(workload.Model, block));
        var copied = holders.Where(held => held is not null).Sum(held => Cut.Parameters(workload.Model, cut[held!.Value]));
        return new ExpectedCopyCost(work, work * without / with, (double)(own + copied) / own);
    }

    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"arithmetic: work {Work:0.000}, time with the schedule's bound {Time:0.000}; "
        + $"memory: activations {Work:0.000}, weights, gradients and moments {State:0.000}");
}
