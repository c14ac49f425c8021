using PipelineRobustness.Models.Training;
using PipelineRobustness.Pipeline.Referee;
using PipelineRobustness.Pipeline.Stages;
using PipelineRobustness.Tests.Models;
using static TorchSharp.torch;

namespace PipelineRobustness.Tests.Pipeline.Referee;

/// <summary>The referee's own work on a block, against that of honest stages: alike in every bit, or an honest stage would be convicted.</summary>
public sealed class RecomputationSpecs
{
    private static readonly Rig Small = new() { Remedy = "referee", Layers = 3, Stages = 3, MicroBatches = 3 };

    public static TheoryData<string, int, bool> Cuts
    {
        get
        {
            var data = new TheoryData<string, int, bool>();
            foreach (var family in Families.Names)
            {
                foreach (var stages in (int[])[3, 4, 6]) data.Add(family, stages, stages == 4);
            }

            return data;
        }
    }

    public static TheoryData<DisputedValue> Values => [.. Enum.GetValues<DisputedValue>()];

    [Theory, MemberData(nameof(Cuts))]
    public void A_recomputed_block_gives_the_bits_of_a_stage(string family, int stages, bool recompute)
    {
        using var pass = new WorkedPass(Small with { Other = Families.Json(family), Stages = stages, Recompute = recompute });
        Assert.Empty(RefereeRules.Of(pass.Ring).Breaches(pass.Statements));
        Assert.All(pass.Disputes, dispute =>
        {
            var hearing = pass.HearingOf(dispute);
            Assert.Equal(hearing.Owner.Claim, pass.Recompute(dispute));
            Assert.Equal(hearing.Copier?.Claim, hearing.Owner.Claim);
        });
    }

    [Fact]
    public void A_recomputed_wide_block_gives_the_bits_of_a_stage_with_two_threads()
    {
        var wide = Families.Json("gpt2");
        (wide["n_embd"], wide["tie_word_embeddings"]) = (96, true);
        using var pass = new WorkedPass(Small with { Other = wide, IntraOpThreads = 2, MicroBatchSize = 5 });
        Assert.All(pass.Disputes, dispute => Assert.Equal(pass.HearingOf(dispute).Owner.Claim, pass.Recompute(dispute)));
    }

    /// <summary>Each exhibit counts: with a single number changed in one of its tensors, something else comes out.</summary>
    [Theory, MemberData(nameof(Values))]
    public void Recomputing_from_a_changed_exhibit_gives_another_claim(DisputedValue value)
    {
        using var pass = new WorkedPass(Small);
        foreach (var dispute in pass.Disputes.Where(dispute => dispute.Value == value))
        {
            var hearing = pass.HearingOf(dispute);
            foreach (var (key, _, _) in hearing.Needed)
                Assert.True(hearing.Owner.Claim != pass.Recompute(dispute, changed: key), $"{dispute}, {key}");
        }
    }

    [Fact]
    public void A_step_follows_the_commit_s_own_numbers()
    {
        using var pass = new WorkedPass(Small);
        foreach (var dispute in pass.Disputes.Where(dispute => dispute.Value == DisputedValue.Step))
        {
            var right = Claim.OfState(pass.After[dispute.Block]);
            Assert.NotEqual(right, pass.Recompute(dispute, pass.Commit with { LearningRate = 0.5 }));
            Assert.NotEqual(right, pass.Recompute(dispute, pass.Commit with { Coefficients = [0.1, 0.1, 0.1] }));
            Assert.Equal(Claim.OfState(pass.Before[dispute.Block]), pass.Recompute(dispute, pass.Commit with { Frozen = [dispute.Block] }));
        }
    }

    /// <summary>Two stages may agree on a tensor that no stage can work on: an honest one has worked on not-a-numbers in its place.</summary>
    [Fact]
    public void An_input_of_another_shape_or_type_is_worked_as_an_honest_stage_works_it()
    {
        using var pass = new WorkedPass(Small);
        var dispute = new Dispute(1, DisputedValue.Output, 0);
        using var admitted = pass.Value(new ExhibitKey(1, ExhibitKind.Input));
        using var nothing = full_like(admitted, float.NaN);
        using var block = TensorNumerics.Restored(pass.Setup.Plan, CPU, 1, pass.State(1));
        using var output = block.Forward(0, nothing.Share(), null);
        foreach (var malformed in (Tensor[])[zeros(1), zeros_like(admitted, int32), admitted.to_sparse(), zeros(0)])
        {
            var claim = malformed.ToClaim();
            var hearing = pass.HearingOf(dispute);
            hearing = hearing with { Needed = [hearing.Needed[0], hearing.Needed[1] with { Claim = claim }] };
            var shown = new ShownExhibits();
            shown.Keep(hearing.Needed[0].Key, hearing.Needed[0].Claim, pass.State(1));
            shown.Keep(hearing.Needed[1].Key, claim, malformed);
            Assert.Equal(output.ToClaim(), pass.Recompute(hearing, shown, null));
        }
    }

    [Fact]
    public void Live_tensors_do_not_increase_over_10_rounds_of_recomputations()
    {
        using var pass = new WorkedPass(Small);
        var counts = new List<long>();
        for (var i = 0; i < 10; i++)
        {
            foreach (var dispute in pass.Disputes)
            {
                pass.Recompute(dispute);
                // One that is given up holds graphs and gradients.
                var hearing = pass.HearingOf(dispute);
                var shown = pass.Show(hearing);
                using var abandoned = Recomputation.Of(pass.Setup, WorkedPass.Work, hearing, null, shown);
                abandoned.Advance();
                shown.Clear();
            }

            counts.Add(LiveTensors.Count);
        }

        // Finalizers of other tests' tensors may lower the count; nothing may raise it.
        Assert.All(counts.Skip(3).Zip(counts.Skip(2)), pair => Assert.True(pair.First <= pair.Second, string.Join(" ", counts)));
    }
}
