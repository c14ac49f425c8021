using System.Text;
using PipelineRobustness.Adversity.Liars;
using PipelineRobustness.Benchmarks;
using PipelineRobustness.Models;
using PipelineRobustness.Models.Randomness;
using PipelineRobustness.Pipeline.Convictions;
using PipelineRobustness.Pipeline.Messages;
using PipelineRobustness.Pipeline.Ports;
using PipelineRobustness.Pipeline.Referee;
using PipelineRobustness.Pipeline.Running;

namespace PipelineRobustness.Tests.Pipeline.Convictions;

/// <summary>Each conviction leaves evidence, which holds by itself, is the same in every play, and in which every byte counts.</summary>
public sealed class EvidenceSpecs : IDisposable
{
    private const int Flips = 300;

    private static readonly (Liar Liar, int Stage)[] Liars =
    [
        (new FalseClaim(), 1), (new FalseClaim(), 0), (new FalseClaim { Act = Act.Backward }, 3), (new Frame(), 2), (new FalseSum(), 3), (new FalseSum(), 0),
        (new FalseNorm(), 1), (new FalseLoss(), 3), (new Deny(), 2), (new Equivocate(), 1), (new Equivocate { Act = Act.Sum }, 0),
        (new NoStep(), 1), (new NoStep(), 3), (new FalseDigest(), 2),
    ];

    private readonly ConvictedRun _run = new();

    public static TheoryData<int> Cases => [.. Enumerable.Range(0, Liars.Length)];

    public void Dispose() => _run.Dispose();

    [Theory, MemberData(nameof(Cases))]
    public void Every_conviction_leaves_evidence_that_holds(int liar)
    {
        var ended = _run.Run(ConvictedRun.With(Liars[liar].Liar, Liars[liar].Stage));
        Assert.Null(ended.Reason);
        var made = ended.Events.OfType<RulingMade>().Select(made => made.Ruling).Where(ruling => ruling.Convicted is not null).ToArray();
        Assert.NotEmpty(made);
        Assert.Equal(made.Length, _run.Convictions.Count);
        foreach (var ruling in made)
        {
            var folder = Path.Combine(_run.Folder, $"rig-{ruling.Iteration}-{ruling.Attempt}-{ruling.Convicted!.Stage}");
            var check = EvidenceCheck.Read(folder);
            var result = check.Verify();
            Assert.True(result.Verdict == EvidenceVerdict.Holds, result.Line);
            Assert.Equal(ruling.Convicted.Evidence, check.File.Content.Evidence);
            Assert.Equal((ruling.Act, ruling.MicroBatch), (check.File.Content.Act, check.File.Content.MicroBatch));
        }
    }

    /// <summary>What both holders have stated and neither shows: the evidence holds what there is, and says by whose word it holds.</summary>
    [Fact]
    public void Holders_who_show_nothing_are_both_convicted_on_the_server_s_word()
    {
        Liar[] liars = [new FalseClaim { Stage = ["1"] }, new Hide { Stage = ["1", "2"], Shows = Shown.Nothing }];
        Assert.Null(_run.Run(ConvictedRun.Honest with { Liars = liars }).Reason);
        Assert.Equal(["rig-0-0-1", "rig-0-0-2"], _run.Convictions.Select(Path.GetFileName));
        foreach (var conviction in _run.Convictions)
        {
            var result = EvidenceCheck.Read(conviction).Verify();
            Assert.True(result.Verdict == EvidenceVerdict.Holds, result.Line);
            Assert.Contains("it rests on the server's word: no holder has shown", result.Line, StringComparison.Ordinal);
        }
    }

    /// <summary>It gives a newcomer another state than that of the last commit, after its neighbour was quarantined.</summary>
    [Fact]
    public void A_false_state_in_a_recovery_leaves_evidence()
    {
        Liar[] liars = [new FalseState { Stage = ["1"] }, new FalseSum { Stage = ["2"], From = 1 }];
        Assert.Null(_run.Simulate(ConvictedRun.Honest with { Liars = liars }, 1).Reason);
        var checks = _run.Convictions.Select(EvidenceCheck.Read).ToArray();
        Assert.Contains(checks, check => check.File.Content.Act == Act.Transfer);
        Assert.All(checks, check => Assert.Equal(EvidenceVerdict.Holds, check.Verify().Verdict));
    }

    /// <summary>Of version 0, which the referee has built itself. Of neighbours that lie each for itself both are convicted.</summary>
    [Fact]
    public void A_false_beginning_leaves_evidence()
    {
        Liar[] liars = [new FalseState { End = TransferEnd.Builder, Stage = ["1", "2"] }];
        Assert.Null(_run.Run(ConvictedRun.Honest with { Liars = liars }).Reason);
        Assert.Equal(["rig-0-0-1", "rig-0-0-2"], _run.Convictions.Select(Path.GetFileName));
        var checks = _run.Convictions.Select(EvidenceCheck.Read).ToArray();
        Assert.All(checks, check => Assert.Equal((Act.Transfer, 0), (check.File.Content.Act, check.File.Content.Commit.Version)));
        Assert.All(checks, check => Assert.Equal(EvidenceVerdict.Holds, check.Verify().Verdict));
    }

    /// <summary>Also where the accused, another holder, or the server dies in the hearing.</summary>
    [Theory]
    [InlineData("frame", 1)]
    [InlineData("false-claim", 2)]
    [InlineData("no-step", 2)]
    public void The_same_is_written_in_every_play_but_for_signatures(string kind, int stage)
    {
        var rig = ConvictedRun.With(Liars.First(one => one.Liar.Kind == kind).Liar, stage);
        _run.Run(rig);
        var expected = _run.Convictions.Select(Written).ToArray();
        for (var killed = 0; killed <= rig.Stages + 1; killed++)
        {
            using var other = new ConvictedRun();
            var dies = killed;
            var ended = other.Simulate(rig, (ulong)killed + 1, run => Kill(run, dies, rig.Stages));
            Assert.Null(ended.Reason);
            Assert.Equal(expected, other.Convictions.Select(Written));
            Assert.All(other.Convictions, conviction => Assert.Equal(EvidenceVerdict.Holds, EvidenceCheck.Read(conviction).Verify().Verdict));
        }
    }

    /// <summary>Before or after the exhibits of the first conviction, or those of the second: what is half there, or whole, is written again.</summary>
    [Fact]
    public void A_server_that_dies_as_it_writes_leaves_the_same_to_be_written()
    {
        Liar[] liars = [new FalseClaim { Stage = ["1"] }, new Hide { Stage = ["1", "2"], Shows = Shown.Nothing }];
        var rig = ConvictedRun.Honest with { Liars = liars };
        var rulings = Rulings(_run.Run(rig));
        var expected = _run.Convictions.Select(Written).ToArray();
        for (var dies = 1; dies <= 4; dies++)
        {
            using var other = new ConvictedRun();
            var asked = 0;
            var ended = other.Simulate(rig, (ulong)dies, ask: run =>
            {
                if (++asked != dies) return;
                Kill(run, rig.Stages, rig.Stages);
                throw new IOException("its process ended");
            });
            Assert.Null(ended.Reason);
            Assert.Equal(rulings, Rulings(ended));
            Assert.Equal(expected, other.Convictions.Select(Written));
            Assert.True(asked == dies + 4, $"{asked}");
        }
    }

    /// <summary>The long form is <c>flips-evidence</c> of the benchmarks.</summary>
    [Fact]
    public void A_changed_byte_is_found()
    {
        using var evidence = new FlippedEvidence();
        for (var flip = 0; flip < Flips; flip++)
        {
            int Drawn(string what) => SeededRandom.Below(SeededRandom.Key(1, what, flip), int.MaxValue);
            evidence.Flip(flip, Drawn("place"), Drawn("value"));
        }

        Assert.True(evidence.IsWhole());
    }

    [Fact]
    public void A_shortened_file_cannot_be_read()
    {
        _run.Run(ConvictedRun.With(new FalseClaim(), 1));
        var folder = Assert.Single(_run.Convictions);
        foreach (var file in Directory.GetFiles(folder))
        {
            var whole = File.ReadAllBytes(file);
            File.WriteAllBytes(file, whole[..^1]);
            Assert.Throws<BadInputException>(() => EvidenceCheck.Read(folder).Verify());
            File.WriteAllBytes(file, whole);
        }
    }

    /// <summary>No stage is convicted without evidence.</summary>
    [Fact]
    public void A_run_ends_where_evidence_cannot_be_written()
    {
        var ended = _run.Run(ConvictedRun.With(new FalseClaim(), 1), () => throw new IOException("no room"));
        Assert.Equal((RunStatus.Failed, "no room"), (ended.Status, ended.Reason));
        Assert.Empty(ended.Events.OfType<RulingMade>());
    }

    private static IEnumerable<(int, Claim)> Rulings(Ended ended) =>
        [.. ended.Events.OfType<RulingMade>().Select(made => (made.Ruling.Convicted!.Stage, made.Ruling.Convicted.Evidence))];

    private static void Kill(RunSystem run, int killed, int stages)
    {
        if (killed < stages)
        {
            run.Kill(new NodeId($"node-{killed + 1}"));
        }
        else if (killed == stages)
        {
            run.KillServer();
            run.Serve();
        }
    }

    private static string Written(string folder)
    {
        var text = File.ReadAllText(Path.Combine(folder, EvidenceFolder.TextName));
        var exhibits = File.ReadAllBytes(Path.Combine(folder, EvidenceFolder.ExhibitsName));
        return $"{Path.GetFileName(folder)} {text[..text.IndexOf("  \"signatures\": ", StringComparison.Ordinal)]} {Encoding.Latin1.GetString(exhibits)}";
    }
}
