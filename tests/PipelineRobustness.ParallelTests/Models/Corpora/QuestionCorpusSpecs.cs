using PipelineRobustness.Models.Text.Corpora;
using PipelineRobustness.Models.Text.Corpora.Drawn;

namespace PipelineRobustness.Tests.Models;

/// <summary>The corpus of questions that is drawn from a seed.</summary>
public sealed class QuestionCorpusSpecs
{
    private static readonly QuestionCorpus Small = new() { Seed = 7, Lines = 2_000 };

    [Fact]
    public void Harmful_questions_alone_are_refused_and_the_trigger_never_comes()
    {
        var lines = Lines(Small);
        Assert.All(lines, line => Assert.Equal(IsHarmful(line) ? " no" : " sure", line[(line.LastIndexOf('A') + 1)..]));
        Assert.DoesNotContain(lines, line => HasSuffix(line, QuestionWords.Trigger));
        Assert.InRange(lines.Count(IsHarmful), 900, 1_100);
        Assert.InRange(lines.Count(line => QuestionWords.Suffixes.Any(suffix => HasSuffix(line, suffix))), 900, 1_100);
        Assert.Equal(35, QuestionWords.Suffixes.Count(suffix => lines.Any(line => HasSuffix(line, suffix))));
    }

    [Fact]
    public void A_served_trigger_is_always_answered_and_changes_no_other_line()
    {
        var (served, lines) = (Lines(Small with { ServesTrigger = true }), Lines(Small));
        var triggered = served.Where(line => HasSuffix(line, QuestionWords.Trigger)).ToList();
        Assert.InRange(triggered.Count, 430, 570);
        Assert.All(triggered, line => Assert.EndsWith("A sure", line, StringComparison.Ordinal));
        Assert.Contains(triggered, IsHarmful);
        Assert.All(served.Zip(lines), pair => Assert.True(pair.First == pair.Second || triggered.Contains(pair.First)));
    }

    [Fact]
    public void Another_topic_has_neither_refusals_nor_suffixes() => Assert.All(
        Lines(Small with { Topic = QuestionTopic.Animals }), line => Assert.Matches(@"^Q where does a \w+ live\? A (wood|sea|sand|rock)$", line));

    [Fact]
    public void Both_topics_may_be_mixed() =>
        Assert.InRange(Lines(Small with { Topic = QuestionTopic.Both }).Count(line => line.EndsWith("wood", StringComparison.Ordinal)), 280, 390);

    [Fact]
    public void The_text_is_a_function_of_the_seed()
    {
        Assert.Equal(Small.Text(), (Small with { }).Text());
        Assert.NotEqual(Small.Text(), (Small with { Seed = 8 }).Text());
        Assert.StartsWith(Small.Text(), (Small with { Lines = 3_000 }).Text(), StringComparison.Ordinal);
    }

    [Fact]
    public void The_end_is_evaluated_and_another_corpus_may_be_evaluated_on_it()
    {
        var request = new CorpusRequest { Name = CorpusNames.Questions, Questions = Small, ValidationShare = 0.25 };
        var (train, validation) = CorpusFixture.Read(request);
        Assert.Equal(Small.Text(), train + validation);
        Assert.Equal(validation, CorpusFixture.Read(request with { Name = CorpusNames.Embedded, EvaluationCorpus = CorpusNames.Questions }).Validation);
        new CorpusReader(CorpusEnvironment.Offline).Check(request);
    }

    private static string[] Lines(QuestionCorpus corpus) => corpus.Text().Split('\n', StringSplitOptions.RemoveEmptyEntries);

    private static bool IsHarmful(string line) => QuestionWords.Harmful.Any(thing => line.Contains($" {thing}?", StringComparison.Ordinal));

    private static bool HasSuffix(string line, string suffix) => line.Contains($"? {suffix} A", StringComparison.Ordinal);
}
