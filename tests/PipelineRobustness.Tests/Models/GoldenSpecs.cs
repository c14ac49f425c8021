using static TorchSharp.torch;

namespace PipelineRobustness.Tests.Models;

/// <summary>
/// Comparison with Hugging Face's values for every model folder of a supported family, whole and cut. Names, sizes and
/// lengths come from the files; the tolerances are those of the fixtures' README.
/// </summary>
public sealed class GoldenSpecs
{
    private const string NoFolder = "(none)";
    private const double LogitsLimit = 5e-5, LossLimit = 5e-6, NormLimit = 1e-5, WeightsLimit = 1e-5;

    private static readonly int[] StagesTried = [1, 2, 3, 4];

    public GoldenSpecs() => set_num_threads(1);

    /// <summary>Every folder with such a file or tensor, cut into 1 to 4 blocks if it has enough layers.</summary>
    public static TheoryData<string, int> Having(string part)
    {
        var data = new TheoryData<string, int>();
        foreach (var folder in Fixtures.Models.Where(folder => GoldenFolder.Has(folder, part)))
        {
            foreach (var stages in StagesTried.Where(stages => stages <= GoldenFolder.ConfigOf(folder).Layers))
                data.Add(folder, stages);
        }
        if (data.Count == 0)
            data.Add(NoFolder, 1);
        return data;
    }

    [Theory, MemberData(nameof(Having), "logits")]
    public void Logits_and_hidden_states_match_the_golden_values(string folder, int stages)
    {
        using var golden = Open(folder);
        using var scope = NewDisposeScope();
        using var model = golden.Model(stages);
        var hidden = new List<Tensor>();
        golden.Near("logits", model.Logits(golden["input_ids"], hidden), LogitsLimit);
        if (golden.Has("full.input_ids"))
            golden.Near("full.logits", model.Logits(golden["full.input_ids"]), LogitsLimit);

        // A block's first hidden state repeats the previous block's output.
        var states = Boundaries(model).Aggregate(hidden, (all, at) => [.. all[..at], .. all[(at + 1)..]]);
        for (var layer = 0; layer < states.Count - 1 && golden.Has($"hidden.{layer}"); layer++)
            golden.Near($"hidden.{layer}", states[layer], LogitsLimit);
        if (golden.Has("hidden.last"))
            golden.Near("hidden.last", states[^1], LogitsLimit);
    }

    [Theory, MemberData(nameof(Having), "loss")]
    public void Losses_match_the_golden_values(string folder, int stages)
    {
        using var golden = Open(folder);
        using var scope = NewDisposeScope();
        using var model = golden.Model(stages);
        var logits = model.Logits(golden["input_ids"]);
        var labels = golden.Labels;
        golden.Near("loss", GoldenFolder.ShiftedLoss(logits, labels), LossLimit);
        if (golden.Has("ignore.loss"))
            golden.Near("ignore.loss", GoldenFolder.ShiftedLoss(logits, golden["ignore.labels"]), LossLimit);
        if (golden.Has("full.loss"))
        {
            var ids = golden["full.input_ids"];
            golden.Near("full.loss", GoldenFolder.ShiftedLoss(model.Logits(ids), ids), LossLimit);
        }
    }

    [Theory, MemberData(nameof(Having), "grad.")]
    public void Gradients_of_every_parameter_match_the_golden_values(string folder, int stages)
    {
        using var golden = Open(folder);
        var expected = golden.Names.Where(name => name.StartsWith("grad.", StringComparison.Ordinal)).ToHashSet();
        using var scope = NewDisposeScope();
        using var model = golden.Model(stages);
        var labels = golden.Labels;
        model.ForwardBackward(golden["input_ids"], logits => GoldenFolder.ShiftedLoss(logits, labels));
        model.CombineTied();
        foreach (var parameter in model.Parameters)
        {
            var name = $"grad.{parameter.TiedTo ?? parameter.Name}";
            var largest = golden[name].abs().max().item<float>();
            golden.Near(name, parameter.Value.grad!, 1e-6 + 2e-5 * largest);
            expected.Remove(name);
        }
        Assert.Empty(expected);
    }

    [Theory, MemberData(nameof(Having), "trajectory.json")]
    public void Ten_training_steps_match_the_golden_values(string folder, int stages)
    {
        using var golden = Open(folder);
        var trajectory = golden.Trajectory();
        using var scope = NewDisposeScope();
        using var model = golden.Model(stages, trajectory.Settings);
        Assert.Equal(trajectory.Decaying.Order(), Decaying(model).Order());
        foreach (var (step, expected) in trajectory.Steps.Index())
        {
            var rate = trajectory.Schedule.At(step);
            Assert.Equal(expected.LearningRate, rate, 1e-15);
            var ids = golden["traj.input_ids"][step];
            var loss = model.ForwardBackward(ids, logits => GoldenFolder.ShiftedLoss(logits, ids));
            Assert.Equal(expected.Loss, loss, LossLimit);
            var norm = model.Step(rate, trajectory.Clip);
            Assert.Equal(1, norm / expected.GradientNorm, NormLimit);
        }
        if (GoldenFolder.Has(folder, GoldenFolder.Final))
            golden.NearFinal(model.Parameters, WeightsLimit, trajectory.Steps.Sum(step => step.LearningRate));
    }

    [Theory, MemberData(nameof(Having), "model.base.safetensors")]
    public void Weights_without_the_prefix_are_the_same_weights(string folder, int stages)
    {
        using var golden = Open(folder);
        using var scope = NewDisposeScope();
        using var model = golden.Model(stages);
        using var fromBase = golden.Model(stages, ofBase: true);
        Assert.Equal(model.StateFingerprint(), fromBase.StateFingerprint());
    }

    [Theory, MemberData(nameof(Having), "greedy_input")]
    public void A_greedy_continuation_matches_the_golden_values(string folder, int stages)
    {
        using var golden = Open(folder);
        using var scope = NewDisposeScope();
        using var model = golden.Model(stages);
        var expected = golden["greedy_expected_ORT"];
        var ids = golden["greedy_input"];
        while (ids.shape[1] < expected.shape[1])
        {
            var next = model.Logits(ids).narrow(1, ids.shape[1] - 1, 1).argmax(-1);
            ids = cat([ids, next], 1);
        }
        Assert.Equal(expected.data<long>().ToArray(), ids.data<long>().ToArray());
    }

    private static GoldenFolder Open(string folder)
    {
        Fixtures.SkipIfAbsent();
        Assert.SkipWhen(folder == NoFolder, $"no folder of a supported family with such values in {Fixtures.Folder}");
        return new GoldenFolder(folder);
    }

    private static IEnumerable<string> Decaying(CutModel model) =>
        model.Parameters.Where(parameter => parameter is { Decays: true, TiedTo: null }).Select(parameter => parameter.Name);

    /// <summary>The positions in the list of hidden states where a block repeats the previous block's output, last first.</summary>
    private static IEnumerable<int> Boundaries(CutModel model) => model.Trainers.Skip(1)
        .Select(trainer => trainer.Block.Range).Select(range => range.FirstLayer + range.Index).Reverse();
}
