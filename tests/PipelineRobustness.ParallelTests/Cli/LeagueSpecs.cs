using PipelineRobustness.Cli.League;
using PipelineRobustness.Experiments.League;
using PipelineRobustness.Hosting;
using PipelineRobustness.Tests.Cluster;
using PipelineRobustness.Tests.Experiments;
using PipelineRobustness.Tests.Ground;

namespace PipelineRobustness.Tests.Cli;

/// <summary>A league with real workers: the shipped one in small.</summary>
public sealed class LeagueSpecs : IDisposable
{
    private static readonly string Small = Path.Combine(Repository.Root, "hocon", "league-ci.conf");

    private readonly ExperimentFiles _files = new();

    private string Out => Path.Combine(_files.Folder, "out");

    private string Json => Path.Combine(Out, LeagueJson.FileName);

    public void Dispose() => _files.Dispose();

    [Fact]
    public async Task The_small_league_is_interrupted_and_resumed_and_all_its_bars_hold()
    {
        using (var begun = NodeProcess.StartCommand("league", Small, "--out", Out))
        {
            await begun.SaysAsync("of 25 cells");
            begun.Signal(NodeProcess.Interrupt);
            Assert.Equal(ExitCode.Interrupted, await begun.EndsAsync());
            Assert.Contains("interrupted: the same command resumes", begun.Said, StringComparison.Ordinal);
        }

        var known = LeagueJson.Read(Json).Rows;
        Assert.InRange(known.Count, 0, 24);
        using var league = NodeProcess.StartCommand("league", Small, "--out", Out);
        Assert.True(await league.EndsAsync() == ExitCode.Done, league.Said);
        var results = LeagueJson.Read(Json);
        Assert.Equal(25, results.Rows.Count);
        Assert.Superset(known.ToHashSet(), results.Rows.ToHashSet());
        Assert.All(LeagueBars.Of(results), bar => Assert.True(bar.End == BarEnd.Holds, bar.ToString()));

        // A run's numbers are those that it has alone, and a broken bar is the exit code.
        var flip = results.Rows.Single(row => row is { Attacker: "known", Detector: LeagueSettings.Undefended });
        await File.WriteAllTextAsync(Json, LeagueJson.Text(results.With(flip with { Attacks = 21 })), TestContext.Current.CancellationToken);
        using var broken = NodeProcess.StartCommand("league", Small, "--out", Out, "--quiet");
        Assert.Equal(LeagueCommand.Broken, await broken.EndsAsync());
        Assert.Equal("BROKEN: known makes 20 attacks undefended: not in 1 of 1 cell: known against undefended (gpt2, seed 1): 21", broken.Said);
    }
}
