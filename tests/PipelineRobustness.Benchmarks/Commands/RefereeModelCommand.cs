using System.CommandLine;
using System.Diagnostics;
using System.Globalization;

namespace PipelineRobustness.Benchmarks;

/// <summary><c>referee-model</c>: the referee's rules against every behaviour of one liar, and random ones of any number.</summary>
internal static class RefereeModelCommand
{
    public static Command Make(TextWriter output)
    {
        var draws = PositiveOption.Of("--draws", 1_000_000, "Number of random passes of 3 to 6 stages and any number of liars.");
        var seed = PositiveOption.Of("--seed", 1, "Seed of the draws.");
        var command = new Command(
            "referee-model", "The referee's rules over passes whose values are names; exit code 1 if an honest stage is convicted or a lie committed.")
        {
            draws, seed,
        };
        command.SetAction(parsed => Run(parsed.GetValue(draws), parsed.GetValue(seed), output));
        return command;
    }

    private static int Run(int draws, int seed, TextWriter output)
    {
        foreach (var stages in (int[])[3, 4])
        {
            var clock = Stopwatch.StartNew();
            var untied = Enumerable.Range(0, stages).Select(stage => RefereeModel.OfOneLiar(stages, stage)).Aggregate((all, one) => all + one);
            var tied = Enumerable.Range(0, stages).Select(stage => RefereeModel.OfOneTiedLiar(stages, stage)).Aggregate((all, one) => all + one);
            if ((untied + tied).Violation is { } violation) return Fail(violation, output);
            output.WriteLine(Line(
                $"{stages} stages, one liar: all {untied.Tried} behaviours ({untied.Committed} committed) and {tied.Tried} with a tied matrix "
                + $"({tied.Committed}): no honest stage convicted, no lie committed",
                clock));
        }

        return RunDraws(draws, seed, output);
    }

    private static int RunDraws(int draws, int seed, TextWriter output)
    {
        var (random, clock) = (new Random(seed), Stopwatch.StartNew());
        for (var n = 0; n < draws; n++)
        {
            var draw = RefereeModel.Draw(random);
            if (RefereeModel.Violation(NamedJudge.Of(draw.Ring), draw) is { } violation) return Fail($"{violation}: {draw}", output);
        }

        output.WriteLine(Line(
            $"{draws} random passes, seed {seed}: no honest stage convicted, no lie committed but one that both holders of a block told alike", clock));
        return 0;
    }

    private static int Fail(string violation, TextWriter output)
    {
        output.WriteLine($"FAILED: {violation}");
        return CommandLine.Missed;
    }

    private static string Line(string what, Stopwatch clock) => string.Create(CultureInfo.InvariantCulture, $"{what} ({clock.Elapsed.TotalSeconds:0} s)");
}
