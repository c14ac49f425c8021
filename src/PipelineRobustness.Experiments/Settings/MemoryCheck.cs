using PipelineRobustness.Adversity.Attacks;
using PipelineRobustness.Models;

namespace PipelineRobustness.Experiments.Settings;

/// <summary>Refuses attacks that remember earlier iterations where such a memory may be lost: the run would be no function of its seed.</summary>
internal static class MemoryCheck
{
    /// <summary>Refuses a run with such an attack.</summary>
    /// <param name="run">The run.</param>
    /// <param name="loses">What may lose the memory.</param>
    /// <exception cref="BadInputException">It has one.</exception>
    public static void ThrowIfAnyRemembers(RunSettings run, string loses)
    {
        if (run.Attack.All.FirstOrDefault(attack => attack.Remembers) is not { } first) return;
        var list = AttackCheck.List(first.Direction);
        throw new BadInputException(
            $"{run.Effective.Find(list)!.Origin}: {list}.kind: expected an attack that remembers no earlier iteration, since {loses} may lose its memory, "
            + $"found {first.Kind} (run {run.Name})");
    }
}
