using System.CommandLine;

namespace PipelineRobustness.Benchmarks;

/// <summary>
/// <c>attackers</c>: the perplexity that each undefended attacker leaves, over the clean run's. A kind that does no harm anywhere measures no
/// defence; but one is meant to do little, and to save work.
/// </summary>
internal static class AttackersCommand
{
    private const double Goal = 1.05;
    private const string SavesWork = "cheap";

    public static Command Make(TextWriter output, TextWriter progress)
    {
        var seeds = PositiveOption.Of("--seeds", 3, "Seeds, from 1 on.");
        var iterations = PositiveOption.Of("--iterations", 60, "Iterations that are attacked.");
        var before = PositiveOption.Of("--before", 400, "Iterations before, without attackers.");
        var only = new Option<string?>("--only") { Description = "Only attackers whose name contains this.", HelpName = "TEXT" };
        var command = new Command("attackers", "Perplexity over clean that each undefended attacker leaves.") { seeds, iterations, before, only };
        command.SetAction(async (parsed, _) =>
        {
            var damage = new AttackerDamage(parsed.GetValue(iterations), parsed.GetValue(before));
            var attackers = AttackerDamage.Attackers.Where(one => one.Name.Contains(parsed.GetValue(only) ?? "", StringComparison.Ordinal)).ToList();
            var ratios = attackers.ToDictionary(one => one, _ => new List<double>());
            Machine.Print(output);
            for (var seed = 1; seed <= parsed.GetValue(seeds); seed++)
            {
                await damage.MeasureAsync(seed, attackers, (attacker, ratio) =>
                {
                    ratios[attacker].Add(ratio);
                    progress.WriteLine(FormattableString.Invariant($"seed {seed}: {attacker.Name} {ratio:0.000}"));
                }).ConfigureAwait(false);
            }

            var (goals, found) = (new Goals(output, null), ratios.Select(one => (one.Key.Kind, one.Key.Name, Ratio: Spread.Of(one.Value))).ToList());
            foreach (var (_, name, ratio) in found) output.WriteLine($"perplexity over clean, {name}: {ratio.Show("0.000")}");
            foreach (var kind in found.Where(one => one.Kind != SavesWork).GroupBy(one => one.Kind))
                goals.AtLeast($"perplexity over clean, {kind.Key}, at its worst", Goal, kind.MaxBy(one => one.Ratio.Median).Ratio);
            return goals.ExitCode;
        });
        return command;
    }
}
