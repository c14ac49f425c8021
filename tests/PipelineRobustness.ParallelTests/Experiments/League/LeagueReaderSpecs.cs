using PipelineRobustness.Experiments.League;
using PipelineRobustness.Experiments.Runs;
using PipelineRobustness.Models;
using PipelineRobustness.Tests.Ground;

namespace PipelineRobustness.Tests.Experiments.League;

public sealed class LeagueReaderSpecs : IDisposable
{
    private const string Small = """
        training.iterations = 4
        pipeline.stages = 3
        league {
          pretraining { training.iterations = 9 }
          families = [{ name = a, model.layers = 3 }, { name = b, model.layers = 4 }]
          seeds = [1, 2]
          attackers = [
            { name = flip, lie = value, attack.forward = { kind = sign-flip, rate = 0.5 } }
            { name = often, lie = value, attack.forward = { kind = sign-flip, rate = 1 }, sweep = attack.forward.rate, strengths = [0.25, 0.75] }
          ]
          detectors = [{ name = exact, always = [value], defence { remedy = substitute, copies = ring } }]
        }
        """;

    private readonly ExperimentFiles _files = new();

    private LeagueSettings Read(string text) => LeagueReader.Read(_files.Write(text));

    public void Dispose() => _files.Dispose();

    [Fact]
    public void Cells_are_all_combinations_with_none_of_either_first()
    {
        var cells = Read(Small).Cells.ToList();
        Assert.Equal(2 * 2 * 2 * 4, cells.Count);
        Assert.Equal(cells.Count, cells.Select(cell => cell.Run).Distinct().Count());
        Assert.Equal(["a_1_no-attack_undefended", "a_1_flip_undefended", "a_1_often-0.25_undefended"], cells.Take(3).Select(cell => cell.Run));
        Assert.Equal("b_2_often-0.75_exact", cells[^1].Run);
    }

    [Fact]
    public void A_league_is_no_experiment() =>
        Assert.Equal("a.conf:3: league: expected an experiment, found a league; the command league plays it", _files.Refused(Small));

    [Fact]
    public void A_cell_starts_with_the_weights_of_its_model_and_has_its_entrants_settings()
    {
        var league = Read(Small);
        var runs = league.Experiment([new("often-0.75", "exact", "b", 2), new("flip", "undefended", "b", 2)]).Runs;
        Assert.Equal(["b_2", "b_2_often-0.75_exact", "b_2_flip_undefended"], runs.Select(run => run.Name));
        Assert.Equal([9, 4, 4], runs.Select(run => run.Training.Iterations));
        Assert.Equal((2UL, 4, "b_2", "substitute", 0.75), (
            runs[1].Seed, runs[1].Model.Layers, runs[1].From, runs[1].Defence.Remedy, runs[1].Attack.Forward.Single().Rate));
        Assert.Equal(("off", 0.5), (runs[2].Defence.Remedy, runs[2].Attack.Forward.Single().Rate));
        using var prepared = PreparedExperiment.Prepare(league.Experiment([.. league.Cells]));
        Assert.Equal(4 + 32, prepared.Runs.Count);
    }

    /// <summary>That of the documents: each of its cells can be run.</summary>
    [Fact]
    public void The_shipped_league_has_twenty_attackers_and_eight_detectors()
    {
        var league = LeagueReader.Read(Path.Combine(Repository.Root, "hocon", "league.conf"));
        Assert.InRange(league.Attackers.Count, 20, 40);
        Assert.InRange(league.Detectors.Count, 8, 12);
        Assert.Equal((2, 5), (league.Families.Count, league.Seeds.Count));
        using var experiment = PreparedExperiment.Prepare(league.Experiment([.. league.Cells.Where(cell => cell.Seed == 1)]));
        Assert.Equal(2 + (2 * (league.Attackers.Count + 1) * (league.Detectors.Count + 1)), experiment.Runs.Count);
    }

    /// <summary>Several strengths of an attack. Each of its cells can be run, and without attack they are cells of the shipped league.</summary>
    [Fact]
    public void The_league_of_strengths_has_the_detectors_of_the_shipped_one()
    {
        var (league, shipped) = (Shipped("league-strengths.conf"), Shipped("league.conf"));
        Assert.Equal(shipped.Detectors.Select(detector => detector.Name), league.Detectors.Select(detector => detector.Name));
        Assert.Equal(4, league.Attackers.Select(attacker => attacker.Strength?.Of).OfType<string>().Distinct().Count());
        using var experiment = PreparedExperiment.Prepare(league.Experiment([.. league.Cells]));
        Assert.Equal(2 + (2 * (league.Attackers.Count + 1) * (league.Detectors.Count + 1)), experiment.Runs.Count);
        Assert.Equal(Identities(shipped), Identities(league));

        static LeagueSettings Shipped(string file) => LeagueReader.Read(Path.Combine(Repository.Root, "hocon", file));

        static string[] Identities(LeagueSettings league)
        {
            CellKey[] calm = [.. league.Cells.Where(cell => cell is { Attacker: LeagueSettings.NoAttack, Seed: 1 })];
            using var experiment = PreparedExperiment.Prepare(league.Experiment(calm));
            return [.. experiment.Runs.Select(run => RunIdentity.Of(experiment, run))];
        }
    }

    [Fact]
    public void Swept_strengths_know_what_they_are_of() =>
        Assert.Equal([null, new Strength("often", 0.25), new("often", 0.75)], Read(Small).Attackers.Select(attacker => attacker.Strength));

    [Theory]
    [InlineData("name = flip,", "", "a.conf:8: name: expected a word, found none")]
    [InlineData("name = flip", "name = Flip_1", "a.conf:8: expected a word of up to 24 lower-case letters, digits, '-' and, inside, '.', found Flip_1")]
    [InlineData("lie = value, attack.forward = { kind = sign-flip, rate = 0.5 }", "lie = value, attack.forward = { kind = flip, rate = 0.5 }", "a.conf:8: attack.forward.kind: ")]
    [InlineData("lie = value, attack.forward", "lie = value, defence { remedy = off }, attack.forward", "a.conf:8: defence: expected name, lie, attacks, part, sweep, strengths, attack here, ")]
    [InlineData("sweep = attack.forward.rate", "sweep = attack.backward.rate", "a.conf:9: sweep: expected an option of an attack that is written here, ")]
    [InlineData("sweep = attack.forward.rate", "sweep = attack.forward.factr", "a.conf:9: unknown setting attack.forward.factr")]
    [InlineData("strengths = [0.25, 0.75]", "strengths = [0.25, 0.25]", "a.conf:7: league.attackers: expected each once, found often-0.25 twice")]
    [InlineData("strengths = [0.25, 0.75]", "strengths = [much]", "a.conf:9: strengths: expected numbers, found much")]
    [InlineData("always = [value]", "always = [claim]", "a.conf:11: league.detectors: expected lies of attackers (value), found claim (detector exact)")]
    [InlineData("name = exact", "name = undefended", "a.conf:11: league.detectors: expected each once, found undefended twice")]
    [InlineData("seeds = [1, 2]", "seeds = [one]", "a.conf:6: seeds: expected ")]
    [InlineData("seeds = [1, 2]", "seed = [1, 2]", "a.conf:6: unknown setting league.seed; the nearest known one is seeds")]
    [InlineData("seeds = [1, 2]", "seeds = [1]\nhurts = 1", "a.conf:7: hurts: expected a number above 1, found 1")]
    [InlineData("league {", "leagues {", "a.conf: league: expected a section { ... }, found none")]
    [InlineData("pipeline.stages = 3", "runs = []", "a.conf:2: runs: expected none in a league, whose runs are its cells, found some")]
    public void Anything_wrong_is_named_with_its_line(string part, string other, string said)
    {
        Assert.Contains(part, Small, StringComparison.Ordinal);
        var refusal = Assert.Throws<BadInputException>(() => Read(Small.Replace(part, other, StringComparison.Ordinal))).Message;
        Assert.StartsWith(said, refusal, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', refusal);
    }

    [Fact]
    public void Only_the_named_cells_are_worked_and_those_they_are_compared_with()
    {
        var league = Read(Small);
        var only = new CellFilter(league, ["attackers=often", "seeds=2", "families=a"]);
        Assert.Equal(
            from detector in (string[])["undefended", "exact"]
            from attacker in (string[])["no-attack", "often-0.25", "often-0.75"]
            select new CellKey(attacker, detector, "a", 2),
            league.Cells.Where(only.Takes));
        Assert.Equal(4, league.Cells.Count(only.Names));
    }

    [Theory]
    [InlineData("detectors", "--only: expected KIND=NAME,... with one of attackers, detectors, families, seeds, found detectors")]
    [InlineData("detectors=exect", "--only: expected one of the league's detectors, found exect; the nearest known one is exact")]
    public void A_name_that_the_league_has_not_is_refused(string only, string said) =>
        Assert.Equal(said, Assert.Throws<BadInputException>(() => new CellFilter(Read(Small), [only])).Message);
}
