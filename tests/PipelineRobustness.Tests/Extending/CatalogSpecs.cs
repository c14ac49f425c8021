using PipelineRobustness.Adversity.Attacks;
using PipelineRobustness.Adversity.Failures;
using PipelineRobustness.Models;
using PipelineRobustness.Pipeline.Remedies;
using PipelineRobustness.Pipeline.Verification;
using PipelineRobustness.Pipeline.Verification.Detectors;
using static TorchSharp.torch;

namespace PipelineRobustness.Tests.Extending;

/// <summary>What may be added to the catalogs from another assembly, and what may not.</summary>
public sealed class CatalogSpecs
{
    [Fact]
    public void An_added_type_joins_the_built_in_ones_and_is_added_once()
    {
        AttackCatalog.Add(typeof(EarlierMicroBatch), typeof(SignFlip));
        Assert.Single(AttackCatalog.Kinds, kind => kind == "earlier-micro-batch");
        Assert.Single(AttackCatalog.Kinds, kind => kind == "sign-flip");
        Assert.Equal("brownout", FailureKinds.Words[^1]);
        Assert.Contains("restart-if-large", RemedyCatalog.Names);
        Assert.Contains("range", DetectorCatalog.Names);
    }

    [Fact]
    public void An_assembly_that_was_added_before_changes_nothing()
    {
        var (attacks, failures, remedies, detectors) = (AttackCatalog.Kinds, FailureKinds.Words, RemedyCatalog.Names, DetectorCatalog.Names);
        AttackCatalog.Add(typeof(SignFlip).Assembly);
        FailureKinds.Add(typeof(Failure).Assembly);
        RemedyCatalog.Add(typeof(IRemedy).Assembly);
        DetectorCatalog.Add(typeof(IDetector).Assembly);
        string[] before = [.. attacks, .. failures, .. remedies, .. detectors];
        Assert.Equal(before, AttackCatalog.Kinds.Concat(FailureKinds.Words).Concat(RemedyCatalog.Names).Concat(DetectorCatalog.Names));
    }

    [Fact]
    public void A_second_type_of_a_name_is_refused_with_both_types_and_nothing_is_added()
    {
        var message = Assert.Throws<BadInputException>(() => AttackCatalog.Add(typeof(Whole), typeof(OtherSignFlip))).Message;
        Assert.Equal($"attack sign-flip: expected one type of this name, found {typeof(SignFlip)} and {typeof(OtherSignFlip)}", message);
        Assert.DoesNotContain("whole", AttackCatalog.Kinds);
    }

    [Theory]
    [InlineData(typeof(string))]
    [InlineData(typeof(Attack))]
    [InlineData(typeof(NeedsNumber))]
    public void A_type_that_cannot_be_made_is_refused(Type type) => Assert.Equal(
        $"attack: expected a type of Attack with a constructor without parameters, found {type}",
        Assert.Throws<BadInputException>(() => AttackCatalog.Add(type)).Message);

    private abstract record Silent : Attack
    {
        public override Tensor Tamper(in AttackContext context, Tensor honest, IAttackMemory memory) => honest;
    }

    private sealed record Whole : Silent
    {
        public override string Kind => "whole";
    }

    private sealed record OtherSignFlip : Silent
    {
        public override string Kind => "sign-flip";
    }

    private sealed record NeedsNumber(int Number) : Silent
    {
        public override string Kind => "needs-number";
    }
}
