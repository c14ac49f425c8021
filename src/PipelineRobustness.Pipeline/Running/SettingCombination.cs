using System.Globalization;
using PipelineRobustness.Models.Shape;
using PipelineRobustness.Pipeline.Verification;
using PipelineRobustness.Pipeline.Verification.Detectors;

namespace PipelineRobustness.Pipeline.Running;

/// <summary>The settings of a run that must fit each other and the model; each alone is within its range.</summary>
/// <param name="Model">The model.</param>
/// <param name="ModelName">What messages call the model.</param>
/// <param name="Numerics">What stages compute with.</param>
/// <param name="Pipeline">How the model is spread over stages.</param>
/// <param name="Training">Batches.</param>
/// <param name="Defence">What is compared.</param>
public sealed record SettingCombination(
    ModelConfig Model, string ModelName, Numerics Numerics, PipelineSettings Pipeline, TrainingSettings Training, DefenceSettings Defence)
{
    /// <summary>With fewer, no stage is in the middle, between two that can compare what it sends.</summary>
    public const int StagesToCheck = 3;

    /// <summary>Without copies: a stage alone sends nothing that another could state.</summary>
    public const int StagesToHear = 2;

    /// <summary>The first rule that these settings break, or null.</summary>
    public BrokenRule? FirstBroken() => Sizes() ?? Blocks() ?? Comparing() ?? Detecting() ?? Copies();

    private BrokenRule? Sizes()
    {
        var (stages, placed) = (Pipeline.Stages, Pipeline.Placement.Count);
        if (stages > Model.Layers) return new("pipeline.stages", $"at most {Model.Layers} (the layers of {ModelName})", $"{stages}");
        if (Training.SequenceLength > Model.LongestSequence)
        {
            return new(
                "training.sequence-length", $"at most {Model.LongestSequence} (the positions of {ModelName})", $"{Training.SequenceLength}");
        }

        return placed == 0 || placed == stages ? null : new("pipeline.placement", $"the node of each of {stages} stages", $"{placed} names");
    }

    private BrokenRule? Blocks()
    {
        var last = Pipeline.Stages - 1;
        if (Training.Blocks.FirstOrDefault(block => int.Parse(block, CultureInfo.InvariantCulture) > last) is { } foreign)
            return new("training.blocks", $"blocks from 0 to {last} (pipeline.stages = {Pipeline.Stages})", foreign);

        var frozen = Training.FrozenBlocks(Pipeline.Stages);
        return !Model.TiedHead || frozen.Contains(0) == frozen.Contains(last) ? null : new(
            "training.blocks", $"both of 0 and {last}, or neither, since {ModelName} has one matrix in both", string.Join(' ', Training.Blocks));
    }

    private BrokenRule? Comparing()
    {
        if (Defence is { Rule.IsRefereed: false, Audit.Any: true })
            return new("defence.remedy", "referee, since it works again what defence.audit draws", Defence.Rule.Name);

        if (!Defence.Checks) return null;
        if (Numerics == Numerics.Shapes)
            return new("defence.remedy", "off, since without tensors (model.numerics = shapes) nothing can be compared", Defence.Rule.Name);

        if (Defence is { Rule.IsRefereed: true, Tolerance: not 0 })
        {
            return new(
                "defence.tolerance", $"0, since remedy {Defence.Rule.Name} compares bytes", Defence.Tolerance.ToString(CultureInfo.InvariantCulture));
        }

        return null;
    }

    private BrokenRule? Detecting()
    {
        if (!Defence.Checks) return null;
        var (detector, rule) = (Defence.Detector, Defence.Rule);
        if (!detector.NeedsCopy && rule.NeedsCopies)
            return new("defence.remedy", $"one that needs no copies, since detector {detector.Name} compares with none", rule.Name);

        if (rule.IsRefereed && detector is { NeedsCopy: true } and not CopyDetector)
        {
            return new(
                "defence.detector.kind", $"copies or one that needs none, since remedy {rule.Name} hears whatever differs from a copy's", detector.Name);
        }

        var (needed, most) = (detector.StateBytes(Model.Hidden), DetectorState.BytesMostWith(Pipeline.Stages));
        return needed <= most
            ? null
            : new(
                "defence.detector.kind",
                $"one with a state of at most {most} bytes in each direction ({Pipeline.Stages} stages)",
                $"{detector.Name} with {needed} ({ModelName}, hidden {Model.Hidden})");
    }

    private BrokenRule? Copies()
    {
        var (checks, copies) = (Defence.Checks, Defence.Copies);
        if (Defence.Rule.IsRefereed) return Refereed();
        if (checks && Defence.Detector.NeedsCopy && copies == CopyPlacement.None)
            return new("defence.copies", $"middle or ring, since remedy {Defence.Rule.Name} compares with copies", "none");

        return FewStages(checks ? $"remedy {Defence.Rule.Name}" : "copies");
    }

    // Without copies nothing is heard but for an audit or a finding.
    private BrokenRule? Refereed()
    {
        var (rule, copies) = (Defence.Rule, Defence.Copies);
        return copies == CopyPlacement.Ring || (copies == CopyPlacement.None && (Defence.Audit.Any || !Defence.Detector.NeedsCopy))
            ? FewStages($"remedy {rule.Name}")
            : new(
                "defence.copies",
                $"ring, since remedy {rule.Name} needs two holders of every block (or none, with defence.audit or a detector that needs no copy)",
                copies.ToString().ToLowerInvariant());
    }

    private BrokenRule? FewStages(string reason)
    {
        var least = Defence.Copies != CopyPlacement.None ? StagesToCheck : Defence.Rule.IsRefereed ? StagesToHear : 1;
        return Pipeline.Stages >= least ? null : new("pipeline.stages", $"at least {least}, since defence has {reason}", $"{Pipeline.Stages}");
    }
}

/// <summary>A rule between settings that is broken: which setting to change, what was expected, what was found.</summary>
public sealed record BrokenRule(string Setting, string Expected, string Found);
