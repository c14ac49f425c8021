using System.Collections.Immutable;
using System.Globalization;
using PipelineRobustness.Adversity.Attacks;
using PipelineRobustness.Adversity.Liars;
using PipelineRobustness.Models;
using PipelineRobustness.Models.Training;
using PipelineRobustness.Pipeline.Ports;
using PipelineRobustness.Pipeline.Settings;
using static TorchSharp.torch;

namespace PipelineRobustness.Tests.Adversity;

/// <summary>What each liar says falsely, through the port that stages call, and all that it says truly.</summary>
public sealed class LiarSpecs
{
    private const int Stages = 4;

    private static readonly float[] Truth = [1, -2, 3];
    private static readonly float[] Stepped = [5, 5, 5];

    // What a stage says, keeps, gives and shows of its own block and of the copy, one after the other.
    private static readonly ImmutableArray<(string Name, Func<Adversary, int, bool> Lies)> Sayings =
    [
        .. from direction in Enum.GetValues<Direction>()
           from link in (Link[])[Link.Neighbour, Link.Jump]
           select Said($"{direction} {link}", at => at with { Direction = direction, Link = link }),
        Said("Own copy", at => at with { Direction = Direction.Backward, Link = Link.OwnCopy }),
        Said("Tied", at => at with { Direction = Direction.Backward, Link = Link.Tied }),
        .. from direction in Enum.GetValues<Direction>()
           from part in (StatementPart[])[StatementPart.Came, StatementPart.Jumped, StatementPart.Sent, StatementPart.Copy]
           select Said($"{direction} {part}", at => at with { Direction = direction, Link = Link.Statement, Part = part }),
        .. from part in (StatementPart[])[StatementPart.TiedPart, StatementPart.OtherPart, StatementPart.CopyTiedPart]
           select Said($"{part}", at => at with { Direction = Direction.Backward, Link = Link.Statement, Part = part }),
        .. from isCopy in (bool[])[false, true]
           from saying in Held(isCopy)
           select saying,
    ];

    [Theory]
    [InlineData("equivocate", "", "Forward Neighbour")]
    [InlineData("equivocate", "over jump", "Forward Jump")]
    [InlineData("equivocate", "act backward", "Backward Neighbour")]
    [InlineData("equivocate", "act sum, stage 3", "Tied")]
    [InlineData("deny", "", "Forward Came")]
    [InlineData("deny", "over jump", "Forward Jumped")]
    [InlineData("deny", "act backward", "Backward Came")]
    [InlineData("deny", "act sum, stage 3", "OtherPart")]
    [InlineData("frame", "", "Forward Copy")]
    [InlineData("frame", "act backward", "Backward Copy")]
    [InlineData("frame", "act sum", "Copy digest of sums")]
    [InlineData("frame", "act step", "Copy digest")]
    [InlineData("false-claim", "", "Forward Sent")]
    [InlineData("false-claim", "act backward", "Backward Sent")]
    [InlineData("false-claim", "act sum, stage 3", "TiedPart")]
    [InlineData("false-sum", "", "Own digest of sums")]
    [InlineData("false-norm", "", "Own norms")]
    [InlineData("false-loss", "stage 3", "Own loss; Copy loss")]
    [InlineData("no-step", "", "Own step")]
    [InlineData("ascent", "", "Own step")]
    [InlineData("false-digest", "", "Own digest")]
    [InlineData("false-state", "", "Own given; Copy given")]
    [InlineData("false-state", "end receiver", "Own restored; Copy restored")]
    [InlineData("false-state", "end builder", "Own built; Copy built")]
    [InlineData("hide", "", "Own shown; Copy shown")]
    [InlineData("hide", "shows nothing", "Own shown; Copy shown")]
    [InlineData("collude", "", "Forward Neighbour; Forward Jump; Forward Sent")]
    [InlineData("collude", "act backward", "Backward Neighbour; Backward Jump; Own copy; Backward Sent")]
    public void A_liar_lies_in_what_it_is_for_and_tells_the_truth_otherwise(string kind, string options, string lies)
    {
        var liar = Make(kind, "stage 2, " + options);
        var stage = int.Parse(liar.Stage[0], CultureInfo.InvariantCulture);
        Assert.Equal(lies, Lies(liar, stage));
        foreach (var other in Enumerable.Range(0, Stages).Where(s => s != stage && !(liar.IsCovered && s == (stage + 1) % Stages)))
            Assert.Equal("", Lies(liar, other));
    }

    [Theory]
    [InlineData("false-claim", "", "Forward Copy")]
    [InlineData("false-claim", "act backward", "Backward Copy")]
    [InlineData("false-claim", "act sum, stage 3", "CopyTiedPart")]
    [InlineData("false-sum", "", "Copy digest of sums")]
    [InlineData("false-norm", "", "Copy norms")]
    [InlineData("false-loss", "stage 3", "Own loss; Copy loss")]
    [InlineData("no-step", "", "Copy step")]
    [InlineData("ascent", "", "Copy step")]
    [InlineData("false-digest", "", "Copy digest")]
    [InlineData("collude", "", "Forward Copy")]
    [InlineData("collude", "act backward", "Backward Copy")]
    public void The_stage_behind_covers_a_lie_by_telling_the_same_of_its_copy(string kind, string options, string lies)
    {
        var liar = Make(kind, kind == "collude" ? "stage 2, " + options : "stage 2, with next, " + options);
        var stage = int.Parse(liar.Stage[0], CultureInfo.InvariantCulture);
        var next = (stage + 1) % Stages;
        // Only the last block has a loss; here every report has one.
        Assert.Equal(lies.Replace("Own loss; ", "", StringComparison.Ordinal), Lies(liar, next));
        Adversary(liar).Report(Held(stage, stage), Sums).Deconstruct(out var norms, out var digest, out var loss);
        Adversary(liar).Report(Held(next, stage), Sums).Deconstruct(out var coveredNorms, out var coveredDigest, out var coveredLoss);
        Assert.Equal((norms.ToArray(), digest, loss), (coveredNorms.ToArray(), coveredDigest, coveredLoss), new SumsComparer());
        Assert.Equal(Adversary(liar).Digest(Held(stage, stage), 7), Adversary(liar).Digest(Held(next, stage), 7));
        foreach (var direction in Enum.GetValues<Direction>())
        {
            var at = At(stage) with { Direction = direction, Link = Link.Statement, Part = StatementPart.Sent, MicroBatch = 3 };
            Assert.Equal(Value(Adversary(liar), at), Value(Adversary(liar), at with { Stage = next, Part = StatementPart.Copy }));
        }
    }

    /// <summary>A lie over both connections and in both statements is the same one.</summary>
    [Fact]
    public void Colluders_send_and_state_one_value()
    {
        var adversary = Adversary(Make("collude", "stage 1"));
        var sent = Value(adversary, At(1));
        Assert.Equal(sent, Value(adversary, At(1) with { Link = Link.Jump }));
        Assert.Equal(sent, Value(adversary, At(1) with { Link = Link.Statement, Part = StatementPart.Sent }));
        Assert.Equal(sent, Value(adversary, At(2) with { Link = Link.Statement, Part = StatementPart.Copy }));
        Assert.Equal(
            [new(0, 0, Act.Forward, 1), new AttackEvent(0, 0, Act.Forward, 2)], adversary.Events);
    }

    /// <summary>Two stages that lie each for itself about one block do not agree by chance.</summary>
    [Fact]
    public void Liars_without_cover_state_different_values()
    {
        var adversary = Adversary(Make("false-claim", "stage 1"), Make("frame", "stage 2"));
        Assert.NotEqual(
            Value(adversary, At(1) with { Link = Link.Statement, Part = StatementPart.Sent }),
            Value(adversary, At(2) with { Link = Link.Statement, Part = StatementPart.Copy }));
    }

    [Theory]
    [InlineData(Direction.Forward, "")]
    [InlineData(Direction.Backward, "act backward")]
    public void An_equivocator_states_what_it_did_not_send(Direction direction, string options)
    {
        var (adversary, memory) = (Adversary(Make("equivocate", "stage 2, " + options)), new BehaviourMemory());
        var at = At(2) with { Direction = direction, Memory = memory };
        using var honest = tensor(Truth);
        using var sent = adversary.Send(at, honest);
        Assert.NotEqual(Truth, sent.data<float>().ToArray());
        using var stated = adversary.Send(at with { Link = Link.Statement, Part = StatementPart.Sent }, sent);
        Assert.Equal(Truth, stated.data<float>().ToArray());
        memory.Clear();
        using var again = adversary.Send(at, honest);
        Assert.Equal(sent.data<float>().ToArray(), again.data<float>().ToArray());
        memory.Clear();
    }

    [Fact]
    public void An_ascending_stage_steps_the_other_way_by_as_much()
    {
        using var scope = NewDisposeScope();
        Tensor[] state = [tensor(Truth), zeros(3), zeros(3)];
        Adversary(Make("ascent", "stage 2")).Update(Held(2, 2), state, () =>
        {
            state[0].copy_(tensor((float[])[1.5f, -2, 2]));
            state[1].copy_(ones(3));
        });
        Assert.Equal([0.5f, -2, 4], state[0].data<float>().ToArray());
        Assert.Equal([1f, 1, 1], state[1].data<float>().ToArray());
    }

    /// <summary>Both ways lead nowhere then. No step at all is still another: moments would move.</summary>
    [Fact]
    public void A_learning_rate_of_0_leaves_an_ascending_stage_nothing_to_lie_about()
    {
        var adversary = new Adversary(5, Stages, [], [Make("ascent", "stage 2"), Make("no-step", "stage 1")], new LinearSchedule(1, 1, 3));
        Assert.Equal(["", "step 1 0 2", "step 2 0 2", ""], Enumerable.Range(0, 4).Select(iteration => adversary.Note(iteration, 0, 2)));
        Assert.All(Enumerable.Range(0, 4), iteration => Assert.Equal($"step {iteration} 0 1", adversary.Note(iteration, 0, 1)));
        Assert.Empty(adversary.AfterPass(0, 0, 2, 0));
        Assert.Equal(Stepped[0], Changed(state => adversary.Update(Held(2, 2), state, () => state[0].copy_(tensor(Stepped)))));
        Assert.Empty(adversary.Events);
    }

    /// <summary>What it sends is what it computed, and counts as an attack where it is sent.</summary>
    [Fact]
    public void The_last_stage_trains_on_labels_one_further()
    {
        var adversary = Adversary(Make("other-labels", "stage last, from 1"));
        using var honest = tensor((long[])[1, 2, 3, 7, 8, 9]).reshape(2, 3);
        Assert.Same(honest, adversary.Label(Held(3, 3), 0, honest));
        using var label = adversary.Label(Held(3, 3) with { Iteration = 1 }, 0, honest);
        Assert.Equal([2, 3, 1, 8, 9, 7], label.data<long>().ToArray());
        Assert.Equal([1, 2, 3, 7, 8, 9], honest.data<long>().ToArray());
        Assert.Empty(adversary.Events);
        foreach (var iteration in (int[])[0, 1]) Assert.Equal(Truth, Value(adversary, At(3) with { Iteration = iteration, Direction = Direction.Backward }));
        Assert.Equal([new AttackEvent(1, 0, Act.Backward, 3)], adversary.Events);
    }

    [Fact]
    public void Liars_are_drawn_for_each_attempt_of_the_named_iterations()
    {
        var adversary = Adversary(Make("false-claim", "rate 0.5, from 10, until 2010"), Make("false-sum", ""), Make("false-claim", "stage first last"));
        var drawn = Enumerable.Range(0, 3000).Select(i => adversary.Lying(0, i, 0)).ToArray();
        Assert.All(drawn[..10].Concat(drawn[2010..]), Assert.Empty);
        Assert.Equal(0.5, drawn.Count(stages => stages.Count == 1) / 2000.0, 0.04);
        Assert.All(Enumerable.Range(0, Stages), stage => Assert.Equal(0.25, drawn.Count(stages => stages.Contains(stage)) / 1000.0, 0.05));
        Assert.NotEqual(drawn, Enumerable.Range(0, 3000).Select(i => adversary.Lying(0, i, 1)));
        Assert.Equal(drawn, Enumerable.Range(0, 3000).Select(i => Adversary(Make("false-claim", "rate 0.5, from 10, until 2010")).Lying(0, i, 0)));
        Assert.NotEqual(Enumerable.Range(100, 100).Select(i => adversary.Lying(1, i, 0)), Enumerable.Range(200, 100).Select(i => adversary.Lying(1, i, 0)));
        Assert.Equal([0, 3], adversary.Lying(2, 5, 0));
    }

    [Fact]
    public void Any_stage_is_one_that_can_lie_so()
    {
        var adversary = Adversary(Make("equivocate", ""), Make("equivocate", "act backward"), Make("false-loss", ""), Make("deny", "over jump"));
        int[] Drawn(int entry) => [.. Enumerable.Range(0, 200).SelectMany(i => adversary.Lying(entry, i, 0)).Distinct().Order()];
        Assert.Equal([0, 1, 2], Drawn(0));
        Assert.Equal([1, 2, 3], Drawn(1));
        Assert.Equal([0, 3], Drawn(2));
        Assert.Equal([0, 2, 3], Drawn(3));
    }

    [Fact]
    public void A_later_seat_of_a_stage_tells_the_truth_unless_an_entry_names_it()
    {
        var at = At(2) with { Link = Link.Statement, Part = StatementPart.Sent };
        var (first, second) = (Adversary(Make("false-claim", "stage 2")), Adversary(Make("false-claim", "stage 2, seat 1")));
        Assert.NotEqual(Truth, Value(first, at));
        Assert.Equal(Truth, Value(first, at with { Seat = 1 }));
        Assert.Equal(Truth, Value(second, at));
        Assert.NotEqual(Truth, Value(second, at with { Seat = 1 }));
        Assert.Equal(Sums, first.Report(Held(2, 2) with { Seat = 1 }, Sums));
    }

    /// <summary>What is done after the report of a pass is part of no note, unless the seed tells it beforehand.</summary>
    [Fact]
    public void A_note_has_a_false_step_beforehand_and_what_was_shown_in_an_earlier_attempt()
    {
        var adversary = Adversary(Make("false-digest", "stage 2"), Make("hide", "stage 1"), Make("frame", "stage 3, act step"));
        Value(adversary, At(2));
        Assert.Equal("step 0 0 2", adversary.Note(0, 0, 2));
        Assert.Empty(adversary.Events);
        adversary.Digest(Held(2, 2), 3);
        Assert.Equal([new AttackEvent(0, 0, Act.Step, 2)], adversary.Events);
        Assert.Equal("", adversary.Note(0, 0, 1));
        using var shown = tensor(Truth);
        adversary.Show(Held(1, 1), 0, shown)!.Dispose();
        Assert.Equal("statement 0 0 1", adversary.Note(0, 1, 1));
        Assert.Equal("", adversary.Note(1, 1, 1));
        Assert.Equal([new AttackEvent(0, 0, Act.Step, 3)], adversary.AfterPass(0, 0, 3, 0));
        Assert.Empty(adversary.AfterPass(0, 0, 3, 1));
        Value(adversary, At(2) with { Seat = 1, Attempt = 1 });
        Assert.Equal("", adversary.Note(0, 1, 2));
    }

    [Theory]
    [InlineData("equivocate", "stage 3", "attack.liars.stage: expected 0 to 2 (a stage that can do this), found 3")]
    [InlineData("equivocate", "act backward, over jump", "attack.liars.over: expected neighbour, since only an activation (act = forward) takes the jump, found jump")]
    [InlineData("frame", "act backward, stage 1", "attack.liars.stage: expected 0 or 2 to 3 (a stage that can do this), found 1")]
    [InlineData("false-claim", "act backward, stage first", "attack.liars.stage: expected 1 to 3 (a stage that can do this), found first")]
    [InlineData("no-step", "stage 4", "attack.liars.stage: expected 0 to 3 (a stage that can do this), found 4")]
    [InlineData("no-step", "from 3, until 3", "attack.liars.until: expected 0 or more than 3 (from), found 3")]
    [InlineData("no-step", "rate 2", "attack.liars.rate: expected a number from 0 to 1, found 2")]
    public void An_impossible_liar_is_named(string kind, string options, string message) =>
        Assert.Equal(message, Assert.Throws<BadInputException>(() => Adversary(Make(kind, options))).Message);

    [Fact]
    public void Every_liar_is_found_by_its_kind()
    {
        string[] builtIn =
        [
            "ascent", "collude", "deny", "equivocate", "false-claim", "false-digest", "false-loss", "false-norm", "false-state", "false-sum", "frame",
            "hide", "no-step", "other-labels",
        ];
        Assert.All(builtIn, kind => Assert.Contains(kind, LiarCatalog.Kinds));
        Assert.All(LiarCatalog.Kinds, kind => Assert.Equal(kind, LiarCatalog.Create(kind).Kind));
        Assert.All(LiarCatalog.Kinds, kind => Assert.Equal(LiarCatalog.Create(kind), LiarCatalog.Create(kind) with { Stage = ["any"] }));
        Assert.All(LiarCatalog.Kinds, kind => Assert.NotEqual(LiarCatalog.Create(kind), LiarCatalog.Create(kind) with { Stage = ["first"] }));
    }

    private static ReportedSums Sums { get; } = new([0.5, 2], 77, 3.25);

    private static Adversary Adversary(params Liar[] liars) => new(5, Stages, [], liars);

    private static SendContext At(int stage) =>
        new(0, 0, 0, 0, Direction.Forward, stage, Link.Neighbour, Memory: new BehaviourMemory());

    private static HeldContext Held(int stage, int block) => new(0, 0, stage, 0, block);

    // Options as in a file: name and value, separated by commas.
    private static Liar Make(string kind, string options)
    {
        var liar = LiarCatalog.Create(kind);
        var schema = SettingsSchema.Of(liar.GetType()).Settings;
        foreach (var words in options.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Select(option => option.Split(' ')))
        {
            var setting = schema.Single(one => one.Name == words[0]);
            // A rate out of range must be refused by the adversary as well.
            var read = setting.Kind!.Read(words[1]) ?? double.Parse(words[1], CultureInfo.InvariantCulture);
            setting.Set(liar, setting.IsList ? words[1..] : read);
        }

        return liar;
    }

    private static string Lies(Liar liar, int stage) =>
        string.Join("; ", Sayings.Where(saying => saying.Lies(Adversary(liar), stage)).Select(saying => saying.Name));

    private static (string Name, Func<Adversary, int, bool> Lies) Said(string name, Func<SendContext, SendContext> at) =>
        (name, (adversary, stage) => !Value(adversary, at(At(stage))).SequenceEqual(Truth));

    private static IEnumerable<(string Name, Func<Adversary, int, bool> Lies)> Held(bool isCopy)
    {
        var whose = isCopy ? "Copy" : "Own";
        HeldContext Of(int stage) => Held(stage, !isCopy ? stage : stage == 0 ? Stages - 1 : stage - 1);
        yield return ($"{whose} norms", (adversary, stage) => !adversary.Report(Of(stage), Sums).SquaredNorms.SequenceEqual(Sums.SquaredNorms));
        yield return ($"{whose} digest of sums", (adversary, stage) => adversary.Report(Of(stage), Sums).Digest != Sums.Digest);
        yield return ($"{whose} loss", (adversary, stage) => adversary.Report(Of(stage), Sums).Loss != Sums.Loss);
        yield return ($"{whose} step", (adversary, stage) =>
            Changed(state => adversary.Update(Of(stage), state, () => state[0].copy_(tensor(Stepped)))) != Stepped[0]);
        yield return ($"{whose} digest", (adversary, stage) => adversary.Digest(Of(stage), 9) != 9);
        yield return ($"{whose} given", (adversary, stage) => Changed(state => adversary.Give(Of(stage), state)) != Truth[0]);
        yield return ($"{whose} restored", (adversary, stage) => adversary.Restored(Of(stage), 9) != 9);
        yield return ($"{whose} built", (adversary, stage) => adversary.Built(Of(stage), 9) != 9);
        yield return ($"{whose} shown", (adversary, stage) =>
        {
            using var honest = tensor(Truth);
            using var shown = adversary.Show(Of(stage), 0, honest);
            return shown is null || !shown.data<float>().SequenceEqual(Truth);
        }
        );
    }

    // The first number of a block's weights afterwards.
    private static float Changed(Action<Tensor[]> act)
    {
        using var scope = NewDisposeScope();
        Tensor[] state = [tensor(Truth), zeros(3), zeros(3)];
        act(state);
        Assert.All(state[1..], moment => Assert.All(moment.data<float>(), value => Assert.Equal(0, value)));
        return state[0].data<float>()[0];
    }

    private static float[] Value(Adversary adversary, SendContext context)
    {
        using var honest = tensor(Truth);
        using var said = adversary.Send(context, honest);
        Assert.Equal(Truth, honest.data<float>());
        context.Memory?.Clear();
        return [.. said.data<float>()];
    }

    /// <summary>Whatever else the same stage does afterwards.</summary>
    [Fact]
    public void A_false_step_is_recorded_where_its_stage_lies_again()
    {
        var adversary = new Adversary(1, Stages, [], [new NoStep { Stage = ["1"] }, new Hide { Stage = ["1"] }]);
        adversary.Update(new HeldContext(0, 0, 1, 0, 1), [], () => { });
        Assert.Equal([new AttackEvent(0, 0, Act.Step, 1)], adversary.Events);
    }

    private sealed class SumsComparer : IEqualityComparer<(double[] Norms, UInt128 Digest, double? Loss)>
    {
        public bool Equals((double[] Norms, UInt128 Digest, double? Loss) x, (double[] Norms, UInt128 Digest, double? Loss) y) =>
            x.Norms.SequenceEqual(y.Norms) && (x.Digest, x.Loss) == (y.Digest, y.Loss);

        public int GetHashCode((double[] Norms, UInt128 Digest, double? Loss) obj) => obj.Digest.GetHashCode();
    }
}
