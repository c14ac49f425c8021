using PipelineRobustness.Models.Text;
using PipelineRobustness.Models.Text.Corpora;

namespace PipelineRobustness.Tests.Models;

/// <summary>The selection of files for training and evaluation.</summary>
public sealed class CorpusFolderSpecs : IDisposable
{
    private readonly CorpusFixture _place = new();

    public void Dispose() => _place.Dispose();

    [Theory]
    [InlineData("train.txt", "valid.txt", "test.txt")]
    [InlineData("wiki.train.tokens", "wiki.valid.tokens", "wiki.test.tokens")]
    [InlineData("wiki.train.raw", "wiki.valid.raw", "wiki.test.raw")]
    [InlineData("train-00000-of-00001.txt", "validation-00000-of-00001.txt", "test-00000-of-00001.txt")]
    [InlineData("train/a.txt", "dev/a.txt", "test/a.txt")]
    public void The_test_split_takes_precedence_over_the_validation_split(string train, string validation, string test)
    {
        _place.Write(train, "to train");
        _place.Write(validation, "to choose");
        Assert.Equal(("to train", "to choose"), _place.ReadFolder());
        _place.Write(test, "to judge");
        Assert.Equal(("to train", "to judge"), _place.ReadFolder());
    }

    [Fact]
    public void A_folder_without_training_split_is_refused_with_the_missing_name()
    {
        _place.Write("wiki.valid.raw", "to choose");
        _place.Write("wiki.test.raw", "to judge");
        Assert.Equal(
            $"{_place.Folder}: expected wiki.train.raw to train on, found only wiki.test.raw",
            CorpusFixture.Refusal(new CorpusRequest { Path = _place.Folder }));
    }

    [Fact]
    public void Files_without_splits_are_read_by_name_and_the_end_is_for_evaluation()
    {
        _place.Write("b.txt", "cdefg");
        _place.Write("a.txt", "ab");
        _place.Write("sub/test-of-stress.md", "h");
        _place.Write(".hidden.txt", "no");
        _place.Write("README.md", "no");
        _place.Write("license.en.txt", "no");
        Assert.Equal(("ab|cdefg", "|h"), _place.ReadFolder());
        _place.Write("readme-texts.md", "ijk");
        Assert.Equal(("ab|cdefg|ij", "k|h"), (_place.ReadFolder().Train, _place.ReadFolder().Validation));
    }

    [Theory]
    [InlineData("test.txt")]
    [InlineData("dev/a.txt")]
    public void Files_without_split_are_for_training_unless_there_is_a_training_split(string name)
    {
        _place.Write("data.txt", "to learn");
        _place.Write(name, "to judge");
        Assert.Equal(("to learn", "to judge"), _place.ReadFolder());
        _place.Write("train.txt", "to train");
        Assert.Equal(("to train", "to judge"), _place.ReadFolder());
        Assert.Equal("data: not read: data.txt", Assert.Single(Notes()));
    }

    [Fact]
    public void A_validation_split_is_not_read_if_there_is_a_test_split()
    {
        _place.Write("train.txt", "to train");
        _place.Write("valid.txt", "to choose");
        Assert.Empty(Notes());
        _place.Write("test.txt", "to judge");
        Assert.Equal("data: not read: valid.txt", Assert.Single(Notes()));
    }

    [Fact]
    public void A_configured_field_applies_to_the_training_corpus()
    {
        var path = _place.Write("a.jsonl", "{\"body\":\"to train\",\"text\":\"no\"}");
        _place.Write("openwebtext/a.test.jsonl", "{\"text\":\"to judge\"}");
        var request = new CorpusRequest { Path = path, Field = "body", Folder = _place.Folder, EvaluationCorpus = CorpusNames.OpenWebText };
        Assert.Equal(("to train", "to judge"), CorpusFixture.Read(request));
    }

    [Fact]
    public void A_training_split_alone_gives_both_parts()
    {
        _place.Write("train.jsonl", "{\"text\":\"0123456789\"}");
        Assert.Equal(("01234567", "89"), _place.ReadFolder());
    }

    [Fact]
    public void One_of_several_formats_is_read_and_the_others_are_listed()
    {
        _place.Write("a.jsonl", "{\"abstract\":\"0123456789\"}");
        _place.Write("a.csv", "summary\n0123456789\n");
        _place.Write("info.json", "{}");
        Assert.Equal(("01234567", "89"), _place.ReadFolder());
        Assert.Equal("data: not read: a.csv, info.json", Assert.Single(Notes()));
    }

    [Fact]
    public void A_folder_without_readable_files_is_refused()
    {
        _place.Write("README.md", "no");
        Assert.Contains("expected files of text", CorpusFixture.Refusal(new CorpusRequest { Path = _place.Folder }), StringComparison.Ordinal);
    }

    [Fact]
    public void Another_corpus_can_provide_the_evaluation_split()
    {
        _place.Write("wikitext-2-raw/wiki.test.raw", "to judge");
        _place.Write("openwebtext/a.jsonl", "{\"text\":\"one\"}\n{\"text\":\"two\"}\n");
        var request = new CorpusRequest { Name = CorpusNames.OpenWebText, Folder = _place.Folder, EvaluationCorpus = CorpusNames.WikiText2Raw };
        Assert.Equal(("one|two", "to judge"), CorpusFixture.Read(request));
    }

    [Fact]
    public void A_missing_named_corpus_is_refused_with_the_files_to_provide()
    {
        var message = CorpusFixture.Refusal(new CorpusRequest { Name = CorpusNames.WikiText2, Folder = _place.Folder });
        Assert.Contains(
            $"expected wikitext-2 in the folder {_place.Folder}/wikitext-2 (put train.txt, valid.txt, test.txt there",
            message, StringComparison.Ordinal);
    }

    private IReadOnlyList<string> Notes()
    {
        var request = new CorpusRequest { Path = _place.Folder, ValidationShare = 0.2 };
        using var corpus = new CorpusReader(CorpusEnvironment.Offline).Read(request, new ByteTokenizer());
        return corpus.Notes;
    }
}
