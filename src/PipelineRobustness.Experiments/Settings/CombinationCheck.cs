using PipelineRobustness.Adversity.Attacks;
using PipelineRobustness.Adversity.Liars;
using PipelineRobustness.Models;
using PipelineRobustness.Models.Shape;
using PipelineRobustness.Models.Text;
using PipelineRobustness.Pipeline.Ports;
using PipelineRobustness.Pipeline.Running;
using PipelineRobustness.Pipeline.Verification;

namespace PipelineRobustness.Experiments.Settings;

/// <summary>Judges a run's settings together, and with its model and text: what cannot be combined is refused.</summary>
internal sealed class CombinationCheck
{
    private readonly RunSettings _run;
    private readonly ModelConfig _model;

    private CombinationCheck(RunSettings run, ModelConfig model)
    {
        _run = run;
        _model = model;
    }

    /// <summary>Checks a run against its model.</summary>
    /// <exception cref="BadInputException">A combination is impossible; setting, origin, expected and found are named.</exception>
    public static void Check(RunSettings run, ModelConfig model)
    {
        var check = new CombinationCheck(run, model);
        check.Model();
        check.Pipeline();
        check.Attacks(Direction.Forward, run.Attack.Forward);
        check.Attacks(Direction.Backward, run.Attack.Backward);
        check.Liars();
    }

    /// <summary>Checks that a model has a row for each of its tokenizer's ids.</summary>
    /// <exception cref="BadInputException">It has not.</exception>
    public static void CheckTokenizer(RunSettings run, ModelConfig model, ITokenizer tokenizer)
    {
        var check = new CombinationCheck(run, model);
        if (model.VocabularySize < tokenizer.VocabularySize)
        {
            throw check.Bad(
                check.ModelSetting, $"a vocabulary of at least {tokenizer.VocabularySize} ({tokenizer.Name})", $"{model.VocabularySize}");
        }
    }

    /// <summary>Checks that a run can start from its parent's weights.</summary>
    /// <exception cref="BadInputException">The two are of different shapes.</exception>
    public static void CheckParent(RunSettings run, ModelConfig model, RunSettings parent, ModelConfig parentModel)
    {
        var check = new CombinationCheck(run, model);
        if (!model.HasShapeOf(parentModel))
        {
            throw check.Bad(
                check.ModelSetting, $"{parent.Model.Shown}, the model of run {parent.Name} whose weights it starts with", run.Model.Shown);
        }
    }

    /// <summary>Checks that a liar can use what another run changed in its weights.</summary>
    /// <exception cref="BadInputException">The two are of different shapes, or the other run left the liar's block as it was.</exception>
    public static void CheckOtherRun(RunSettings run, ModelConfig model, Liar liar, RunSettings other, ModelConfig otherModel)
    {
        var check = new CombinationCheck(run, model);
        if (!model.HasShapeOf(otherModel))
            throw check.Bad($"{LiarCheck.List}.of", $"a run with the model {run.Model.Shown}", $"{other.Name} with {other.Model.Shown}");

        // The layers of a block are those of this run's cut.
        if (other.Training.Blocks.Count > 0 && other.Pipeline.Stages == run.Pipeline.Stages)
            check.ThrowUnlessIn(liar, other.Training.Blocks, $"{other.Name} has trained");
    }

    private string ModelSetting => _run.Model.Path is null ? "model.preset" : "model.path";

    private void Model()
    {
        if (_run.Model is { Path: { } path, Layers: { } layers })
            throw Bad("model.layers", $"0, since the model is that of {OneLine.Of(path)}", $"{layers}");

        if (_run.Model.Numerics == Numerics.Torch) return;
        foreach (var (list, kinds) in Listed())
        {
            if (kinds.FirstOrDefault() is { } kind)
                throw Bad(list, "none, since without tensors (model.numerics = shapes) there is no value to change", kind);
        }
    }

    private IEnumerable<(string List, IEnumerable<string> Kinds)> Listed() =>
    [
        ("attack.forward", _run.Attack.Forward.Select(attack => attack.Kind)),
        ("attack.backward", _run.Attack.Backward.Select(attack => attack.Kind)),
        (LiarCheck.List, _run.Attack.Liars.Select(liar => liar.Kind)),
    ];

    private void Pipeline()
    {
        var settings = new SettingCombination(_model, _run.Model.Shown, _run.Model.Numerics, _run.Pipeline, _run.Training, _run.Defence);
        if (settings.FirstBroken() is { } broken) throw Bad(broken.Setting, broken.Expected, broken.Found);
    }

    private void Attacks(Direction direction, IReadOnlyList<Attack> attacks)
    {
        var list = AttackCheck.List(direction);
        if (attacks.Count > 0 && _run.Pipeline.Stages < SettingCombination.StagesToCheck)
            throw Bad("pipeline.stages", $"at least {SettingCombination.StagesToCheck}, since {list} needs a stage in the middle", $"{_run.Pipeline.Stages}");

        foreach (var attack in attacks)
        {
            var (first, last) = Stages(attack);
            if (AttackCheck.FirstWrong(attack, first, last, _run.Pipeline.Stages) is { } wrong)
                throw Bad($"{list}.{wrong.Option}", wrong.Expected, wrong.Found!);
        }

        if (_run.Defence.Rule.IsRefereed && attacks.FirstOrDefault(attack => attack.Accuses) is { } accusation)
        {
            throw Bad(
                $"{list}.kind", $"another attack, or frame in {LiarCheck.List}, since remedy {_run.Defence.Rule.Name} compares no received values",
                accusation.Kind);
        }
    }

    // The first stage sends no gradient, and the last one only its loss, to the holder of its block's copy. Who has no copy is not accused.
    private (int First, int Last) Stages(Attack attack)
    {
        var (last, isRing) = (_run.Pipeline.Stages - 1, _run.Defence.Copies == CopyPlacement.Ring);
        return (attack.Direction == Direction.Backward || (attack.Accuses && !isRing) ? 1 : 0,
            isRing || (attack.Direction == Direction.Backward && !attack.Accuses) ? last : last - 1);
    }

    private void Liars()
    {
        foreach (var liar in _run.Attack.Liars)
        {
            if (LiarCheck.FirstWrong(liar, _run.Pipeline.Stages) is { } wrong)
                throw Bad($"{LiarCheck.List}.{wrong.Option}", wrong.Expected, wrong.Found!);

            if (liar.NeedsTiedMatrix && !_model.TiedHead)
                throw Bad($"{LiarCheck.List}.act", $"forward or backward, since {_run.Model.Shown} has no tied matrix", "sum");

            // Without a referee it does nothing, but the same attacks may be compared over several remedies.
            if (liar.NeedsCopies && _run.Defence is { Rule.IsRefereed: true, Copies: CopyPlacement.None })
                throw Bad($"{LiarCheck.List}.kind", "one that lies about no copy, since there are none (defence.copies)", liar.Kind);

            if (liar.NeedsStep && _run.Training.Blocks.Count > 0) ThrowUnlessIn(liar, _run.Training.Blocks, "are stepped (training.blocks)");
        }
    }

    private void ThrowUnlessIn(Liar liar, IReadOnlyList<string> blocks, string which)
    {
        var stages = _run.Pipeline.Stages;
        if (liar.Stage.FirstOrDefault(word => StageWord.Stage(word, stages) is not { } stage || !blocks.Contains($"{stage}")) is { } word)
            throw Bad($"{LiarCheck.List}.stage", $"{string.Join(" or ", blocks)}, the blocks that {which}", word);
    }

    private BadInputException Bad(string setting, string expected, string found)
    {
        var node = _run.Effective.Find(setting) ?? _run.Effective.Find(setting[..setting.LastIndexOf('.')])!;
        return new BadInputException($"{node.Origin}: {setting}: expected {expected}, found {found} (run {_run.Name})");
    }
}
