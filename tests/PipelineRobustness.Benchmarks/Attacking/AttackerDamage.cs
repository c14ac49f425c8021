using System.Globalization;
using PipelineRobustness.Adversity.Attacks;
using PipelineRobustness.Experiments.Results;
using PipelineRobustness.Experiments.Runs;
using PipelineRobustness.Experiments.Settings;
using PipelineRobustness.Hosting;
using PipelineRobustness.Pipeline.Running;

namespace PipelineRobustness.Benchmarks;

/// <summary>An attacker in the place where it is measured.</summary>
/// <param name="Kind">Its kind.</param>
/// <param name="Name">What tells it from others of its kind.</param>
/// <param name="Setting">The line of a run that has it.</param>
public sealed record UndefendedAttacker(string Kind, string Name, string Setting);

/// <summary>
/// The perplexity that undefended attackers leave, over that of the run without them, in the setting of the league: a byte model of 4
/// layers of hidden 64, trained before, continued over 4 stages by 8 micro-batches of 32 tokens.
/// </summary>
/// <param name="Iterations">Iterations that are attacked.</param>
/// <param name="Before">Iterations before, without attackers.</param>
public sealed record AttackerDamage(int Iterations = 60, int Before = 400)
{
    private const string Clean = "clean";

    /// <summary>
    /// Every attack of the product by itself, in each direction where it reaches many blocks (backward from the last stage, which itself gets
    /// no gradient that it could work with); the lazy also as neighbours, whose harm adds up; of liars those that change what is computed.
    /// </summary>
    public static IReadOnlyList<UndefendedAttacker> Attackers =>
    [
        .. from kind in Kinds
           from way in ((string Direction, string Stage)[])[("forward", "1"), ("backward", AttackCatalog.Create(kind).NeedsInput ? "2" : "last")]
           select new UndefendedAttacker(kind, $"{kind}-{way.Direction}", $"attack.{way.Direction} = {{ kind = {kind}, rate = 1, stage = {way.Stage} }}"),
        new("lazy", "lazy-neighbours", "attack.forward = { kind = lazy, rate = 1, stage = [1, 2] }"),
        new("other-labels", "other-labels", "attack.liars = { kind = other-labels, stage = last }"),
    ];

    // In recovery there is nothing to see where nothing fails, and an accusation is no attack.
    private static IEnumerable<string> Kinds => AttackCatalog.Kinds.Where(kind =>
        AttackCatalog.Create(kind) is { Accuses: false } and not InRecovery && AttackCatalog.Types[kind].Assembly == typeof(Attack).Assembly);

    /// <summary>Runs attackers one after another from one model.</summary>
    /// <param name="seed">The seed.</param>
    /// <param name="attackers">The attackers.</param>
    /// <param name="ended">Gets each run's perplexity over the clean run's; infinite where the model diverged.</param>
    public async Task MeasureAsync(int seed, IReadOnlyCollection<UndefendedAttacker> attackers, Action<UndefendedAttacker, double> ended)
    {
        var folder = Directory.CreateTempSubdirectory("attackers").FullName;
        try
        {
            var file = Path.Combine(folder, "attackers.conf");
            await File.WriteAllTextAsync(file, Text(seed, attackers)).ConfigureAwait(false);
            using var experiment = PreparedExperiment.Prepare(ExperimentSettings.Read(file, [], null));
            using var results = ExperimentFolder.Open(Path.Combine(folder, "out"));
            await new ExperimentRunner(PipelineHost.RunAsync, TimeProvider.System).RunAsync(
                experiment, results, "attackers", new Ratios(attackers, ended), CancellationToken.None).ConfigureAwait(false);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private string Text(int seed, IEnumerable<UndefendedAttacker> attackers) => string.Create(
        CultureInfo.InvariantCulture,
        $$"""
        seed = {{seed}}
        model { preset = gpt2-nano, layers = 4 }
        pipeline.stages = 4
        training { iterations = {{Iterations}}, micro-batches = 8, sequence-length = 32, stop-when-not-finite = false }
        data.corpus = embedded
        evaluation.windows = 128
        output.keep-models = parents
        runs = [
          { name = before, training.iterations = {{Before}} }
          { name = {{Clean}}, from = before }
          {{string.Join("\n  ", attackers.Select(one => $"{{ name = {one.Name}, from = before, {one.Setting} }}"))}}
        ]
        """);

    private sealed class Ratios(IEnumerable<UndefendedAttacker> attackers, Action<UndefendedAttacker, double> ended) : IExperimentObserver
    {
        // 0 until the clean run has ended.
        private double _clean;

        public void Began(RunSettings run)
        {
        }

        public void Happened(RunSettings run, RunEvent occurrence)
        {
        }

        public void Ended(RunResult result)
        {
            var name = result.Settings.Name;
            if (result.Status == RunStatus.Failed) throw new InvalidOperationException($"{name}: {result.Reason}");
            var perplexity = result.Perplexity is { } finite && double.IsFinite(finite) ? finite : double.PositiveInfinity;
            if (name == Clean) _clean = perplexity;
            else if (_clean > 0) ended(attackers.Single(attacker => attacker.Name == name), perplexity / _clean);
        }
    }
}
