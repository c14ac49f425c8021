using PipelineRobustness.Experiments.Settings;
using PipelineRobustness.Models;
using PipelineRobustness.Pipeline.Running;
using PipelineRobustness.Pipeline.Verification;
using PipelineRobustness.Tests.Ground;

namespace PipelineRobustness.Tests.Experiments;

/// <summary>The settings of an experiment file, which source overrides which, and where each value came from.</summary>
public sealed class SettingsSpecs : IDisposable
{
    private static readonly string Example = Repository.Read("README.md").Split("```hocon\n")[1].Split("```")[0];

    private readonly ExperimentFiles _files = new();

    public void Dispose() => _files.Dispose();

    [Fact]
    public void The_readme_s_example_is_read_as_written()
    {
        var experiment = _files.Read(Example);
        Assert.Equal(["pretrain", "clean", "attacked", "defended"], experiment.Runs.Select(r => r.Name));
        Assert.Equal([null, "pretrain", "pretrain", "pretrain"], experiment.Runs.Select(r => r.From));
        Assert.Equal([100L, 40, 40, 40], experiment.Runs.Select(r => r.Training.Iterations));
        Assert.All(experiment.Runs, r => Assert.Equal((7UL, 6), (r.Seed, r.Pipeline.Stages)));
        Assert.Equal("sign-flip 0.7", string.Join(';', experiment.Runs[2].Attack.Forward.Select(a => $"{a.Kind} {a.Rate}")));
        Assert.Null(experiment.Runs[2].Attack.Forward[0].Stage);
        Assert.Empty(experiment.Runs[2].Attack.Backward);
        Assert.Equal("substitute", experiment.Runs[3].Defence.Remedy);
    }

    [Fact]
    public void Reference_conf_and_the_schema_know_the_same_settings()
    {
        var reference = Leaves(SettingsFile.Reference(), "").Order();
        Assert.Equal(Schema.Keys(inRun: false).Order(), reference);
    }

    [Fact]
    public void Every_default_passes_its_own_check() => LayerCheck.Check(SettingsFile.Reference(), inRun: false);

    [Fact]
    public void Copies_default_to_none_under_off_and_to_middle_otherwise()
    {
        CopyPlacement Copies(params string[] sets) => _files.Read("", sets).Runs[0].Defence.Copies;
        Assert.Equal(CopyPlacement.None, Copies());
        Assert.Equal(CopyPlacement.Middle, Copies("defence.remedy=observe"));
        Assert.Equal(CopyPlacement.Middle, Copies("defence.remedy=substitute"));
        Assert.Equal(CopyPlacement.Ring, Copies("defence.copies=ring"));
        Assert.Equal(CopyPlacement.Ring, Copies("defence.copies=ring", "defence.remedy=skip"));
    }

    [Fact]
    public void A_file_without_runs_is_one_run_of_the_base()
    {
        var run = Assert.Single(_files.Read("training.iterations = 3").Runs);
        Assert.Equal(("base", 3L), (run.Name, run.Training.Iterations));
    }

    [Fact]
    public void A_run_overrides_set_which_overrides_the_file_and_the_reference()
    {
        const string Text = "training { iterations = 5, micro-batches = 2, warm-up = 1 }\nruns = [{ name = a, training.iterations = 9 }]";
        var run = _files.Read(Text, "training.iterations=7", "training.micro-batches=3").Runs[0];
        Assert.Equal((9L, 3, 1L, 1), (run.Training.Iterations, run.Training.MicroBatches, run.Training.WarmUp, run.Training.MicroBatchSize));
    }

    [Fact]
    public void Every_value_knows_where_it_was_written()
    {
        const string Text = "seed = 3\ntraining {\n  warm-up = 1\n}\nruns = [\n  { name = a, defence { remedy = skip } }\n]";
        var run = ExperimentSettings.Read(_files.Write(Text), ["training.micro-batches=3"], 9).Runs[0];
        string Origin(string path) => run.Effective.Find(path)!.Origin.ToString();
        Assert.Equal("--seed", Origin("seed"));
        Assert.Equal("a.conf:3", Origin("training.warm-up"));
        Assert.Equal("a.conf:6", Origin("defence.remedy"));
        Assert.Equal("--set", Origin("training.micro-batches"));
        Assert.StartsWith("reference.conf:", Origin("training.beta1"), StringComparison.Ordinal);
    }

    [Fact]
    public void A_run_has_its_checkpoint_interval_and_the_number_kept()
    {
        var runs = _files.Read("checkpoint.keep = 1\nruns = [{ name = a }, { name = b, checkpoint { every = 0, within = 0s, keep = 1000 } }]").Runs;
        CheckpointSettings[] said = [new() { Keep = 1 }, new() { Every = 0, Within = TimeSpan.Zero, Keep = 1000 }];
        Assert.Equal(said, runs.Select(run => run.Checkpoint));
    }

    [Fact]
    public void The_set_option_replaces_a_whole_key_by_any_hocon()
    {
        var experiment = _files.Read(
            Example,
            "runs=[{name=clean},{name = b, attack.forward.stage = 2}]",
            "attack.forward={ kind = uniform, rate = 0.5 }",
            "attack.backward=[{ kind = gaussian, rate = 1, stage = 1 }, { kind = gaussian, rate = 0.1 }]");
        Assert.Equal(["clean", "b"], experiment.Runs.Select(r => r.Name));
        Assert.Equal([("uniform", 0.5, (int?)2)], experiment.Runs[1].Attack.Forward.Select(a => (a.Kind, a.Rate, a.Stage)));
        Assert.Equal([1, null], experiment.Runs[0].Attack.Backward.Select(a => a.Stage));
    }

    [Fact]
    public void A_run_overrides_the_base_attack_key_by_key_or_with_an_empty_list()
    {
        const string Text =
            "attack.forward.kind = sign-flip\nruns = [{ name = low, attack.forward.rate = 0.3 }, { name = clean, attack.forward = [] }]";
        var runs = _files.Read(Text).Runs;
        Assert.Equal(0.3, runs[0].Attack.Forward.Single().Rate);
        Assert.False(runs[1].Attack.Any);
    }

    [Theory]
    [InlineData("", "training.iterations=0x10")]
    [InlineData("", "training.recompute=yes")]
    [InlineData("", "novalue")]
    [InlineData("", "=3")]
    [InlineData("", "training.iterations=")]
    [InlineData("", "training.iterations=3\nseed=4")]
    [InlineData("", "runs=3")]
    [InlineData("", "runs=[3]")]
    [InlineData("", "training=3")]
    [InlineData("", "data.path=\"x\" \"y")]
    [InlineData("", ".seed=3")]
    [InlineData("", "seed..x=3")]
    [InlineData("", "\"seed\"=3")]
    public void A_bad_set_is_refused_in_one_line(string text, string set)
    {
        var message = Assert.Throws<BadInputException>(() => _files.Read(text, set)).Message;
        Assert.StartsWith("--set", message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', message);
    }

    [Theory]
    [InlineData("pipeline.stagess = 4", "a.conf:1: unknown setting pipeline.stagess .. pipeline.stages")]
    [InlineData("simulation.detectoin = 4s", "a.conf:1: unknown setting simulation.detectoin .. simulation.detection")]
    [InlineData("\nsede = 4", "a.conf:2: unknown setting sede .. seed")]
    [InlineData("attack.forward = { kind = sign-flip, rat = 1 }", "a.conf:1: unknown setting attack.forward.rat .. attack.forward.rate")]
    [InlineData("runs = [\n{ name = a\n frm = b }]", "a.conf:3: unknown setting frm .. from")]
    [InlineData("pipeline.zebra = 4", "a.conf:1: unknown setting pipeline.zebra .. pipeline has: stages, .. placement")]
    [InlineData("runs = [{ name = a, runs = [] }]", "a.conf:1: runs: expected .., found inside a run")]
    [InlineData("training = 4", "a.conf:1: training: expected .., found 4")]
    [InlineData("seed { x = 1 }", "a.conf:1: seed: expected .. 0 .. 18446744073709551615 .., found a section { ... }")]
    [InlineData("seed = -1", "a.conf:1: seed: expected .. 0 .. 18446744073709551615 .., found -1")]
    [InlineData("training.iterations = 4.5", "a.conf:1: training.iterations: expected .. 0 .. 1000000000 .., found 4.5")]
    [InlineData("training.iterations = [4]", "a.conf:1: training.iterations: expected .. 0 .. 1000000000 .., found a list")]
    [InlineData("training.learning-rate = NaN", "a.conf:1: training.learning-rate: expected .. 0 .., found NaN")]
    [InlineData("training.beta1 = 1", "a.conf:1: training.beta1: expected .. 0 .. 1 .., found 1")]
    [InlineData("training.epsilon = 0", "a.conf:1: training.epsilon: expected .. 0 .., found 0")]
    [InlineData("pipeline.wait-report = 10", "a.conf:1: pipeline.wait-report: expected .. 0 .. 2777h .. 10s .., found 10")]
    [InlineData("checkpoint.every = -1", "a.conf:1: checkpoint.every: expected .. 0 .. 1000000000 .., found -1")]
    [InlineData("checkpoint.keep = 0", "a.conf:1: checkpoint.keep: expected .. 1 .. 1000 .., found 0")]
    [InlineData("checkpoint = 50", "a.conf:1: checkpoint: expected .., found 50")]
    [InlineData("attack.forward.rate = -0.1", "a.conf:1: attack.forward.rate: expected .. 0 .. 1 .., found -0.1")]
    [InlineData("attack.backward = [{ kind = sign-flop, rate = 1 }]", "a.conf:1: attack.backward.kind: expected .. false-accusation .., found sign-flop")]
    [InlineData("attack.forward = 3", "a.conf:1: attack.forward: expected .., found 3")]
    [InlineData("attack.forward = { rate = 1 }", "a.conf:1: attack.forward.kind: expected .. false-accusation .. sign-flip .., found none")]
    [InlineData("runs = [{ from = a }]", "a.conf:1: name: expected .., found none")]
    [InlineData("runs = [{ name = \"a/b\" }]", "a.conf:1: name: expected .. 64 .., found a/b")]
    [InlineData("runs = [{ name = a }\n{ name = A }]", "a.conf:2: name: expected .., found A twice")]
    [InlineData("defence.tries = 3", "a.conf:1: unknown setting defence.tries .. defence.attempts ..")]
    [InlineData("recovery { roll-timeout = 3s }", "a.conf:1: unknown setting recovery.roll-timeout .. recovery.state-timeout ..")]
    [InlineData("defence.remedy = takeover", "a.conf:1: defence.remedy: expected .. skip-with-server .., found takeover (called substitute now)")]
    [InlineData("attack.forward = { kind = cry-wolf, rate = 1 }", "a.conf:1: attack.forward.kind: expected .. false-accusation .. sign-flip .., found cry-wolf (called false-accusation now)")]
    [InlineData("model.numerics = none", "a.conf:1: model.numerics: expected .., found none (called shapes now)")]
    [InlineData("runs = [{ name = a, from = b }\n{ name = b }]", "a.conf:1: from: expected .., found b")]
    [InlineData("runs = [{ name = a, from = a }]", "a.conf:1: from: expected .., found a")]
    [InlineData("runs = [{ name = checkpoints }]", "a.conf:1: name: expected .., found checkpoints")]
    [InlineData("runs = [{ name = server }]", "a.conf:1: name: expected .., found server")]
    [InlineData("runs = {}", "a.conf:1: runs: expected .., found a section { ... }")]
    public void A_wrong_value_is_named_with_file_line_expected_and_found(string text, string message) =>
        Refusal.Like(message, _files.Refused(text));

    [Theory]
    [InlineData("pipeline.stages = 13", "a.conf:1: pipeline.stages: expected .. 12 .. gpt2-nano .., found 13 (run base)")]
    [InlineData("pipeline.stages = 2\nattack.forward = { kind = sign-flip, rate = 1 }", "a.conf:1: pipeline.stages: expected .. 3 .. attack.forward .., found 2 (run base)")]
    [InlineData("pipeline.stages = 2\ndefence.remedy = substitute", "a.conf:1: pipeline.stages: expected .. 3 .., found 2 (run base)")]
    [InlineData("pipeline.stages = 2\ndefence.copies = ring", "a.conf:1: pipeline.stages: expected .. 3 .., found 2 (run base)")]
    [InlineData("attack.forward = { kind = sign-flip, rate = 1, stage = 3 }", "a.conf:1: attack.forward.stage: expected 0 to 2 .., found 3 (run base)")]
    [InlineData("defence { remedy = skip, copies = none }", "a.conf:1: defence.copies: expected .., found none (run base)")]
    [InlineData("runs = [{ name = a }, { name = b, pipeline.stages = 99 }]", "a.conf:1: pipeline.stages: expected .. 12 .. gpt2-nano .., found 99 (run b)")]
    [InlineData("model.path = /nonexistent", "a.conf:1: model.path: expected .. config.json .. model.safetensors .., found none at /nonexistent")]
    [InlineData("training.micro-batches = 100000\ntraining.micro-batch-size = 1000", null)]
    [InlineData("training.sequence-length = 100000", null)]
    [InlineData("data.path = /nonexistent", null)]
    [InlineData("runs = [{ name = a }, { name = b, from = a, model.preset = gpt2 }]", "a.conf:1: model.preset: expected .. gpt2-nano .., found gpt2 (run b)")]
    public void Settings_that_cannot_be_combined_are_refused(string text, string? message)
    {
        var found = _files.Refused(text);
        Assert.DoesNotContain('\n', found);
        if (message is not null)
            Refusal.Like(message, found);
    }

    [Theory]
    [InlineData(20_000, ".")]
    [InlineData(200_000, "")]
    public void An_endless_setting_name_is_refused(int times, string dot)
    {
        var endless = string.Join(dot, Enumerable.Repeat("a", times));
        Assert.Contains("expected the name of a setting", _files.Refused($"{endless} = 1"), StringComparison.Ordinal);
        Assert.StartsWith("--set: expected key=value", _files.Refused("", $"{endless}=1"), StringComparison.Ordinal);
    }

    [Fact]
    public void A_wrong_value_is_refused_even_if_every_run_overrides_it() =>
        Assert.Contains(
            "training.iterations: expected",
            _files.Refused("training.iterations = -1\nruns = [{ name = a, training.iterations = 1 }]"),
            StringComparison.Ordinal);

    [Fact]
    public void A_file_that_is_missing_a_folder_not_utf8_or_too_large_is_refused()
    {
        string Refused(string path) => Assert.Throws<BadInputException>(() => ExperimentSettings.Read(path, [], null)).Message;
        Assert.EndsWith("absent.conf: expected a file, found nothing there", Refused(Path.Combine(_files.Folder, "absent.conf")), StringComparison.Ordinal);
        Assert.EndsWith("expected a file, found a folder", Refused(_files.Folder), StringComparison.Ordinal);
        var path = Path.Combine(_files.Folder, "latin1.conf");
        File.WriteAllBytes(path, [.. "seed = 1 # "u8, 0xE9, 10]);
        Assert.EndsWith("expected UTF-8 text, found invalid bytes at offset 11", Refused(path), StringComparison.Ordinal);
        Assert.Contains("expected at most 1048576 bytes", Refused(_files.Write(new string('#', 2_000_000))), StringComparison.Ordinal);
    }

    [Fact]
    public void A_byte_order_mark_does_no_harm()
    {
        var path = Path.Combine(_files.Folder, "bom.conf");
        File.WriteAllBytes(path, [0xEF, 0xBB, 0xBF, .. "seed = 5"u8]);
        Assert.Equal(5UL, ExperimentSettings.Read(path, [], null).Seed);
    }

    [Theory]
    [InlineData("stagess", "stages", 1)]
    [InlineData("sede", "seed", 1)]
    [InlineData("", "abc", 3)]
    [InlineData("kitten", "sitting", 3)]
    public void Edits_are_counted_with_swaps_as_one(string from, string to, int edits) => Assert.Equal(edits, NearestName.Edits(from, to));

    private static IEnumerable<string> Leaves(SettingSection section, string parent) => section.Items.SelectMany(i =>
        i.Value is SettingSection below && !Schema.IsEntry(parent + i.Key) ? Leaves(below, $"{parent}{i.Key}.") : [parent + i.Key]);
}
