using System.Globalization;
using PipelineRobustness.Adversity.Failures;
using PipelineRobustness.Adversity.Liars;
using PipelineRobustness.Models;
using PipelineRobustness.Pipeline.Ports;

namespace PipelineRobustness.Adversity.Attacks;

/// <summary>Judges an entry against the pipeline that it attacks in.</summary>
public static class AttackCheck
{
    /// <summary>The list of a direction.</summary>
    public static string List(Direction direction) => direction == Direction.Forward ? "attack.forward" : "attack.backward";

    /// <summary>What cannot be in a pipeline of so many stages; null where all can.</summary>
    /// <param name="attack">The entry.</param>
    /// <param name="first">The first stage that sends what it tampers with.</param>
    /// <param name="last">The last one.</param>
    /// <param name="stages">Stages of the pipeline.</param>
    public static OptionError? FirstWrong(Attack attack, int first, int last, int stages)
    {
        ArgumentNullException.ThrowIfNull(attack);
        if (attack.Rate is not (>= 0 and <= 1)) return new OptionError("rate", "0 to 1", attack.Rate.ToString(CultureInfo.InvariantCulture));
        if ((OptionError.OfPeriod(attack.From, attack.Until) ?? attack.Contradiction) is { } wrong) return wrong;
        var most = attack.Stages.Contains(StageWord.Any) ? stages - 2 : 1;
        if (attack.Any > most)
            return new OptionError("any", most == 1 ? "1" : $"1 to {most} (stages in the middle)", attack.Any.ToString(CultureInfo.InvariantCulture));
        var word = attack.Stages.FirstOrDefault(word =>
            word != StageWord.Any && !(StageWord.Stage(word, stages) is { } stage && stage >= first && stage <= last));
        return word is not null ? new OptionError("stage", $"{first} to {last} (stages that {Sends(attack)})", word)
            : attack.Stages.Count == 0 ? new OptionError("stage", "at least one stage", "none") : null;
    }

    /// <summary>Refuses an entry that cannot be.</summary>
    /// <exception cref="BadInputException">It cannot; setting, expected and found are named.</exception>
    internal static void ThrowIfImpossible(Attack attack, int stages)
    {
        var list = List(attack.Direction);
        if (stages < 3)
            throw new BadInputException($"{list}: expected at least 3 stages (an attacker is a middle stage), found {stages}");
        if (FirstWrong(attack, attack.Direction == Direction.Forward ? 0 : 1, stages - 1, stages) is { } wrong)
            throw new BadInputException($"{list}.{wrong.Option}: expected {wrong.Expected}, found {wrong.Found}");
    }

    private static string Sends(Attack attack) =>
        attack.Accuses ? "are checked" : attack.Direction == Direction.Forward ? "send activations" : "send gradients";
}
