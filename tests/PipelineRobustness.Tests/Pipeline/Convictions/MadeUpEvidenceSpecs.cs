using PipelineRobustness.Adversity.Liars;
using PipelineRobustness.Models;
using PipelineRobustness.Models.Files;
using PipelineRobustness.Pipeline.Convictions;
using PipelineRobustness.Pipeline.Ports;
using PipelineRobustness.Pipeline.Referee;
using PipelineRobustness.Pipeline.Security;
using static TorchSharp.torch;

namespace PipelineRobustness.Tests.Pipeline.Convictions;

/// <summary>Evidence that was changed and signed again does not hold either: what it says must follow from what is in it.</summary>
public sealed class MadeUpEvidenceSpecs : IDisposable
{
    private static readonly Claim Other = new(1, 2);

    private readonly ConvictedRun _run = new();
    private readonly NodeKey _key = NodeKey.Draw();

    public void Dispose()
    {
        _key.Dispose();
        _run.Dispose();
    }

    [Fact]
    public void A_recomputation_is_made_again()
    {
        var file = Written(new FalseClaim(), 1);
        var recomputed = (Grounds.Recomputed)file.Content.Grounds;
        var hearing = recomputed.Hearing;
        Fails(file, "the commit of another state", content => content with { Commit = content.Commit with { Digests = content.Commit.Digests.SetItem(1, 9) } });
        Fails(file, "the commit before another iteration", content => content with { Commit = content.Commit with { Version = 1 } });
        Fails(file, "a version that cannot be", content => content with { Commit = content.Commit with { Version = -1 } });
        Fails(file, "the honest holder convicted", content => content with { Stage = 2 });
        Fails(file, "no holder convicted", content => content with { Stage = 0 });
        Fails(file, "another pass", content => content with { Attempt = 1 });
        Fails(file, "another run", content => content with { Run = "other" });
        Fails(file, "another act", content => content with { Act = Act.Backward });
        Fails(file, "another cut", content => content with { Numbers = content.Numbers with { Cut = [new(0, 2), new(2, 1), new(3, 1)] } });
        Fails(file, "weights of another hash", content => content with { Weights = null });
        Fails(file, "the step of a pass", content => content with { Step = new StepNumbers(1, [1, 1, 1, 1], []) });
        Fails(file, "another result", content => Of(content, recomputed with { Result = Other }));
        Fails(file, "a claim that is not stated", content => Of(
            content, recomputed with { Hearing = hearing with { Owner = hearing.Owner with { Claim = Other } } }));
        Fails(file, "an input that is not stated", content => Of(
            content, recomputed with { Hearing = hearing with { Needed = [hearing.Needed[0], hearing.Needed[1] with { Claim = Other }] } }));
        Fails(file, "an exhibit stated by another", content => Of(
            content, recomputed with { Hearing = hearing with { Needed = [hearing.Needed[0], hearing.Needed[1] with { StatedBy = [0] }] } }));
        Fails(file, "an exhibit too few", content => Of(content, recomputed with { Hearing = hearing with { Needed = [hearing.Needed[0]] } }));
        Fails(file, "another block", content => Of(content, recomputed with { Hearing = hearing with { Dispute = hearing.Dispute with { Block = 7 } } }));
        Fails(file, "a line that does not follow", content => content with { Line = "guilty" });
        Fails(file, "another optimizer's block", content => content with { Numbers = content.Numbers with { MicroBatches = 4 } });
    }

    [Fact]
    public void Exhibits_that_were_not_shown_are_those_that_were_stated()
    {
        _run.Run(ConvictedRun.Honest with { Liars = [new FalseSum { Stage = ["1"] }, new Hide { Stage = ["1", "2"], Shows = Shown.Nothing }] });
        Assert.NotEmpty(_run.Convictions);
        foreach (var folder in _run.Convictions)
        {
            var (hearing, exhibits) = (Grounds.NotShown)EvidenceCheck.Read(folder).File.Content.Grounds;
            Assert.True(exhibits.Length > 1);
            Grounds changed = new Grounds.NotShown(hearing, exhibits.SetItem(1, exhibits[1] with { Claim = Other }));
            Write(folder, EvidenceCheck.Read(folder).File, content => Of(content, changed));
            Assert.Equal(EvidenceVerdict.Fails, EvidenceCheck.Read(folder).Verify().Verdict);
        }
    }

    [Fact]
    public void A_statement_bears_the_signature_of_its_node()
    {
        var file = Written(new FalseClaim(), 1);
        var honest = file.Content.Statements[0].Forward[0];
        FailsWith(file with { Signatures = [] });
        FailsWith(file with { Signatures = [file.Signatures[0], file.Signatures[0]] });
        FailsWith(file with { Signatures = [file.Signatures[0] with { PublicKey = _key.PublicKey }, file.Signatures[1]] });
        Fails(file, "another statement", content => content with
        {
            Statements = content.Statements.SetItem(
                0, content.Statements[0] with { Forward = content.Statements[0].Forward.SetItem(0, honest with { Came = Other }) }),
        });
    }

    [Fact]
    public void Another_processor_says_nothing_of_a_recomputation()
    {
        var file = Written(new FalseClaim(), 1);
        Write(file with { Content = file.Content with { Fingerprint = file.Content.Fingerprint + 1 } });
        Assert.Equal(EvidenceVerdict.OtherMachine, Verified().Verdict);
    }

    /// <summary>A contradicted relay is verified without computing, but its run is not trained again without.</summary>
    [Fact]
    public void Another_processor_says_nothing_of_a_replay()
    {
        var file = Written(new Deny(), 1);
        Write(file with { Content = file.Content with { Fingerprint = file.Content.Fingerprint + 1 } });
        Assert.Equal(EvidenceVerdict.Holds, Verified().Verdict);
        Assert.Equal(EvidenceVerdict.OtherMachine, EvidenceCheck.Read(Assert.Single(_run.Convictions)).FaultOfMachine()!.Verdict);
    }

    /// <summary>Its node's statement says nothing of it, so that it is the server's word; and there is no signature.</summary>
    [Fact]
    public void A_statement_without_a_signature_is_evidence_of_that()
    {
        var file = Written(new FalseClaim(), 1);
        var content = Of(
            file.Content with { Act = Act.Statement, MicroBatch = null, Statements = [file.Content.Statements[0]], Weights = null },
            new Grounds.MalformedStatement(1, RefereeRules.NotSigned));
        WriteWithoutExhibits(content, []);
        Assert.Equal(EvidenceVerdict.Holds, Verified().Verdict);
        WriteWithoutExhibits(content, [file.Signatures[0]]);
        Assert.Equal(EvidenceVerdict.Fails, Verified().Verdict);
        WriteWithoutExhibits(Of(content, new Grounds.MalformedStatement(1, "expected more")), [file.Signatures[0]]);
        Assert.Equal(EvidenceVerdict.Fails, Verified().Verdict);
    }

    [Fact]
    public void A_relay_is_contradicted_by_what_its_end_states()
    {
        var file = Written(new Deny(), 1);
        var relay = (Grounds.ContradictedRelay)file.Content.Grounds;
        Fails(file, "what it states was handed on", content => Of(content, relay with { HandedOn = relay.Stated!.Value }));
        Fails(file, "what it does not state", content => Of(content, relay with { Stated = Other }));
        Fails(file, "the other end", content => Of(content with { Stage = 0 }, relay with { Stage = 0 }));
        Fails(file, "a micro-batch that is not there", content => Of(content with { MicroBatch = 9 }, relay with { MicroBatch = 9 }));
        Fails(file, "a link that is not there", content => Of(content, relay with { Link = relay.Link with { To = 3 } }));
    }

    /// <summary>A block is worked from such a tensor as from not-a-numbers, but the claim is about its bytes.</summary>
    [Fact]
    public void A_tensor_of_any_type_is_stored_with_its_claim()
    {
        using var scope = NewDisposeScope();
        var path = Path.Combine(_run.Folder, "any.safetensors");
        foreach (var value in (Tensor[])[ones(2, @bool), rand(2, 3).to_sparse(), rand(2, 3), zeros(0), zeros(2, complex64)])
        {
            SafeTensorsWriter.Write(path, [StoredTensor.Of("input.1", value)]);
            using var file = SafeTensorsFile.Open(path);
            var name = StoredTensor.NameIn(file, "input.1")!;
            Assert.Equal(value.ToClaim(), StoredTensor.ClaimOf(name, file.Read(name)));
            Assert.Null(StoredTensor.NameIn(file, "input.10"));
        }
    }

    /// <summary>It would be worked from as not-a-numbers.</summary>
    [Fact]
    public void A_tensor_of_numbers_is_not_stored_as_bytes()
    {
        using var scope = NewDisposeScope();
        var value = rand(2, 3);
        using var bytes = tensor(value.bytes.ToArray(), uint8);
        Assert.Throws<BadInputException>(() => StoredTensor.ClaimOf($"input.0|{(byte)value.dtype}|2x3", bytes));
        Assert.Throws<BadInputException>(() => StoredTensor.ClaimOf("input.0|11|-2x3", bytes));
    }

    [Fact]
    public void Numbers_of_another_run_are_not_alike()
    {
        var numbers = Written(new FalseClaim(), 1).Content.Numbers;
        Assert.True(numbers.IsLike(numbers with { Cut = [.. numbers.Cut] }));
        Assert.False(numbers.IsLike(numbers with { Model = numbers.Model with { NormEpsilon = 0.5 } }));
        Assert.False(numbers.IsLike(numbers with { MicroBatchSize = 7 }));
        Assert.False(numbers.IsLike(numbers with { Threads = 2 }));
    }

    private static EvidenceContent Of(EvidenceContent content, Grounds grounds) =>
        content with { Grounds = grounds, Line = grounds.Line, RestsOn = grounds.RestsOn, Evidence = grounds.ToClaim() };

    private EvidenceFile Written(Liar liar, int stage)
    {
        _run.Run(ConvictedRun.With(liar, stage));
        return EvidenceCheck.Read(Assert.Single(_run.Convictions)).File;
    }

    private void Fails(EvidenceFile file, string what, Func<EvidenceContent, EvidenceContent> change)
    {
        var changed = file with { Content = change(file.Content) };
        Write(changed);
        Assert.True(Verified().Verdict == EvidenceVerdict.Fails, what);
    }

    private void FailsWith(EvidenceFile file)
    {
        Write(file);
        Assert.Equal(EvidenceVerdict.Fails, Verified().Verdict);
    }

    private void WriteWithoutExhibits(EvidenceContent content, IReadOnlyList<StatementSignature> signatures)
    {
        var folder = Assert.Single(_run.Convictions);
        new EvidenceFolder(_run.Folder, content.Identity, () => { }).Write(new EvidenceBundle(Path.GetFileName(folder), content, signatures, [], _key));
    }

    private EvidenceResult Verified() => EvidenceCheck.Read(Assert.Single(_run.Convictions)).Verify();

    private void Write(EvidenceFile file) => Write(Assert.Single(_run.Convictions), file, content => content);

    private void Write(string folder, EvidenceFile file, Func<EvidenceContent, EvidenceContent> change) => File.WriteAllBytes(
        Path.Combine(folder, EvidenceFolder.TextName),
        EvidenceText.Of(EvidenceFile.Sign(change(file.Content), file.Signatures, _key)));
}
