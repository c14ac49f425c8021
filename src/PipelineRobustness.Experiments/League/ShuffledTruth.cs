using PipelineRobustness.Adversity.Attacks;
using PipelineRobustness.Models.Randomness;

namespace PipelineRobustness.Experiments.League;

/// <summary>
/// A check of the counting itself: as many attacks as took place are put at random where any could have been, and held against the same
/// findings. The recall is then that of chance: <see cref="Named"/> of <see cref="Slots"/>.
/// </summary>
/// <param name="Slots">Where an attack on what is sent could have been: (iteration, attempt, direction, stage).</param>
/// <param name="Named">Of these, those that would count as detected or averted.</param>
/// <param name="Attacks">Attacks put there, each in a slot of its own.</param>
/// <param name="Hits">Of these, those that count as detected or averted.</param>
public sealed record ShuffledTruth(long Slots, long Named, long Attacks, long Hits)
{
    /// <summary>The hits to expect by chance.</summary>
    public double Expected => Slots == 0 ? 0 : (double)Attacks * Named / Slots;

    /// <summary>Their variance: slots are drawn without repetition (hypergeometric distribution).</summary>
    public double Variance => Slots <= 1 ? 0 : Expected * (1 - ((double)Named / Slots)) * (Slots - Attacks) / (Slots - 1);

    /// <summary>Shuffles the truth of a run.</summary>
    /// <param name="slots">Where attacks could have been.</param>
    /// <param name="attacks">How many there were; of more than there are slots, the rest is left out.</param>
    /// <param name="caught">How many of these attacks the run's findings detect or avert.</param>
    /// <param name="seed">What decides the draw.</param>
    public static ShuffledTruth Of(
        IReadOnlyList<AttackEvent> slots, long attacks, Func<IReadOnlyCollection<AttackEvent>, long> caught, ulong seed)
    {
        ArgumentNullException.ThrowIfNull(slots);
        ArgumentNullException.ThrowIfNull(caught);
        var drawn = slots.Index().OrderBy(slot => SeededRandom.Key(seed, "shuffled truth", slot.Index)).Select(slot => slot.Item)
            .Take((int)Math.Min(attacks, slots.Count)).ToList();
        return new ShuffledTruth(slots.Count, caught(slots), drawn.Count, caught(drawn));
    }
}
