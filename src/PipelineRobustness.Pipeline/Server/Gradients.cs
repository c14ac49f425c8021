using System.Collections.Immutable;
using PipelineRobustness.Models.Training;
using PipelineRobustness.Pipeline.Messages;
using PipelineRobustness.Pipeline.Running;

namespace PipelineRobustness.Pipeline.Server;

/// <summary>What the holders' reports of an accepted pass add up to.</summary>
internal static class Gradients
{
    /// <summary>Blocks whose original and copy reported different gradients.</summary>
    /// <remarks>With a tolerance (mixed hardware) only norms are compared, otherwise digests as well.</remarks>
    public static ImmutableSortedSet<int> Disagreeing(IEnumerable<Prepared> prepared, double relativeTolerance)
    {
        var reports = prepared.ToArray();
        if (Array.TrueForAll(reports, report => report.Copy is null)) return [];
        var own = reports.ToDictionary(p => p.Own.Block, p => p.Own);
        return
        [
            .. from report in reports
               let copy = report.Copy
               where copy is not null && own.TryGetValue(copy.Block, out var original) && Differ(original, copy, relativeTolerance)
               select copy.Block,
        ];
    }

    /// <summary>
    /// The norm of what will be stepped and each block's clipping coefficient. Squares are added parameter by
    /// parameter in the model's order, whatever the cut (law 1).
    /// </summary>
    public static (double Norm, ImmutableArray<double> Coefficients) Clip(
        IEnumerable<Prepared> prepared, ImmutableSortedSet<int> frozen, RunPlan plan)
    {
        var stepped = prepared.Select(p => p.Own).Where(r => !frozen.Contains(r.Block))
            .OrderBy(r => r.Block).ToArray();
        var norm = Clipping.Norm(stepped.SelectMany(r => r.SquaredNorms));
        var coefficients = new double[plan.Stages];
        Array.Fill(coefficients, 1);
        foreach (var report in stepped)
        {
            var over = plan.Training.Clip == ClipScope.Global ? norm : Clipping.Norm(report.SquaredNorms);
            coefficients[report.Block] = Clipping.Coefficient(over, plan.Training.ClipNorm);
        }

        return (norm, [.. coefficients]);
    }

    private static bool Differ(HolderReport original, HolderReport copy, double relativeTolerance)
    {
        if (relativeTolerance == 0)
        {
            return original.Digest != copy.Digest
                || !original.SquaredNorms.AsSpan().SequenceEqual(copy.SquaredNorms.AsSpan());
        }

        var (left, right) = (Clipping.Norm(original.SquaredNorms), Clipping.Norm(copy.SquaredNorms));
        return double.IsFinite(left) != double.IsFinite(right)
            || Math.Abs(left - right) > relativeTolerance * Math.Max(left, right);
    }
}
