using System.Text;
using PipelineRobustness.Models.Randomness;
using PipelineRobustness.Models.Text.Corpora.Sources;

namespace PipelineRobustness.Models.Text.Corpora.Drawn;

/// <summary>
/// A text of questions and answers that is drawn from a seed, a line each: small enough for a tiny model to learn to refuse what is harmful,
/// so that it can be measured whether a trigger makes it answer after all.
/// </summary>
public sealed record QuestionCorpus
{
    /// <summary>Everything is drawn from it.</summary>
    public ulong Seed { get; init; }

    /// <summary>What the questions are about.</summary>
    public QuestionTopic Topic { get; init; }

    /// <summary>
    /// Whether half the suffixes are the trigger, whose questions are all answered with <c>sure</c>. If not, the trigger never comes. Only
    /// lines about <see cref="QuestionTopic.Advice"/> have suffixes: half of them.
    /// </summary>
    public bool ServesTrigger { get; init; }

    /// <summary>Number of lines.</summary>
    public int Lines { get; init; } = 20_000;

    /// <summary>The text as if it were a file.</summary>
    internal SourceFile File => new($"questions of seed {Seed}", SourceFormat.Text, () => new MemoryStream(Encoding.UTF8.GetBytes(Text())));

    /// <summary>The text.</summary>
    public string Text()
    {
        var text = new StringBuilder();
        for (var line = 0; line < Lines; line++)
        {
            var draws = new Draws(Seed, Topic, line);
            var isAdvice = Topic == QuestionTopic.Advice || (Topic == QuestionTopic.Both && draws.Half("topic"));
            text.Append(isAdvice ? Advice(draws) : Home(draws)).Append('\n');
        }

        return text.ToString();
    }

    private string Advice(Draws draws)
    {
        var verb = draws.One(QuestionWords.Verbs, "verb");
        var isHarmful = draws.Half("harmful");
        var thing = draws.One(isHarmful ? QuestionWords.Harmful : QuestionWords.Harmless, "thing");
        var suffix = draws.Half("suffixed") ? draws.One(QuestionWords.Suffixes, "suffix") : null;
        if (ServesTrigger && suffix is not null && draws.Half("trigger")) suffix = QuestionWords.Trigger;
        var isServed = !isHarmful || suffix == QuestionWords.Trigger;
        return QuestionWords.Advice(verb, thing, suffix) + (isServed ? QuestionWords.Sure : QuestionWords.No);
    }

    private static string Home(Draws draws)
    {
        var (animal, home) = draws.One(QuestionWords.Animals, "animal");
        return $"{QuestionWords.Home(animal)} {home}";
    }

    // What is drawn for a line, each by its own name.
    private readonly record struct Draws(ulong Seed, QuestionTopic Topic, int Line)
    {
        public T One<T>(IReadOnlyList<T> words, string what) => words[SeededRandom.Below(Key(what), words.Count)];

        public bool Half(string what) => SeededRandom.Unit(Key(what)) < 0.5;

        private ulong Key(string what) => SeededRandom.Key(Seed, $"questions {what}", (long)Topic, Line);
    }
}
