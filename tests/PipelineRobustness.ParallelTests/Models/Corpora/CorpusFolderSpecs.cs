using PipelineRobustness.Models.Text;
using PipelineRobustness.Models.Text.Corpora;

namespace PipelineRobustness.Tests.Models;

/// <summary>Which files of a folder are trained and evaluated on.</summary>
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
    public void The_test_split_is_evaluated_on_else_the_validation_split(string train, string validation, string test)
    {
        _place.Write(train, "to train");
        _place.Write(validation, "to choose");
        Assert.Equal(("to train", "to choose"), _place.ReadFolder());
        _place.Write(test, "to judge");
        Assert.Equal(("to train", "to judge"), _place.ReadFolder());
    }

    [Fact]
    public void Splits_without_one_to_train_on_are_a_line_that_says_what_is_missing_where()
    {
        _place.Write("wiki.valid.raw", "to choose");
        _place.Write("wiki.test.raw", "to judge");
        Assert.Equal(
            $"{_place.Folder}: expected wiki.train.raw to train on, found only wiki.test.raw",
            CorpusFixture.Refusal(new CorpusRequest { Path = _place.Folder }));
    }

    [Fact]
    public void Without_splits_files_are_read_in_the_order_of_their_names_and_the_end_is_kept_for_evaluation()
    {
        _place.Write("b.txt", "cdefg");
        _place.Write("a.txt", "ab");
        _place.Write("sub/test-of-stress.md", "h");
        _place.Write(".hidden.txt", "no");
        _place.Write("README.md", "no");
        Assert.Equal(("ab|cdefg", "|h"), _place.ReadFolder());
    }

    [Theory]
    [InlineData("test.txt")]
    [InlineData("dev/a.txt")]
    public void Files_that_name_no_split_are_trained_on_beside_one_to_judge_by_and_left_out_beside_one_to_train_on(string name)
    {
        _place.Write("data.txt", "to learn");
        _place.Write(name, "to judge");
        Assert.Equal(("to learn", "to judge"), _place.ReadFolder());
        _place.Write("train.txt", "to train");
        Assert.Equal(("to train", "to judge"), _place.ReadFolder());
        Assert.Equal("data: not read: data.txt", Assert.Single(Notes()));
    }

    [Fact]
    public void Files_to_choose_by_are_not_read_beside_those_to_judge_by_and_named()
    {
        _place.Write("train.txt", "to train");
        _place.Write("valid.txt", "to choose");
        Assert.Empty(Notes());
        _place.Write("test.txt", "to judge");
        Assert.Equal("data: not read: valid.txt", Assert.Single(Notes()));
    }

    [Fact]
    public void A_field_is_that_of_the_text_which_is_trained_on()
    {
        var path = _place.Write("a.jsonl", "{\"body\":\"to train\",\"text\":\"no\"}");
        _place.Write("openwebtext/a.test.jsonl", "{\"text\":\"to judge\"}");
        var request = new CorpusRequest { Path = path, Field = "body", Folder = _place.Folder, EvaluationCorpus = CorpusNames.OpenWebText };
        Assert.Equal(("to train", "to judge"), CorpusFixture.Read(request));
    }

    [Fact]
    public void A_train_split_alone_gives_both_parts()
    {
        _place.Write("train.jsonl", "{\"text\":\"0123456789\"}");
        Assert.Equal(("01234567", "89"), _place.ReadFolder());
    }

    [Fact]
    public void One_of_several_formats_is_read_and_the_others_are_named()
    {
        _place.Write("a.jsonl", "{\"abstract\":\"0123456789\"}");
        _place.Write("a.csv", "summary\n0123456789\n");
        _place.Write("info.json", "{}");
        Assert.Equal(("01234567", "89"), _place.ReadFolder());
        Assert.Equal("data: not read: a.csv, info.json", Assert.Single(Notes()));
    }

    [Fact]
    public void A_folder_of_nothing_to_read_is_refused()
    {
        _place.Write("README.md", "no");
        Assert.Contains("expected files of text", CorpusFixture.Refusal(new CorpusRequest { Path = _place.Folder }), StringComparison.Ordinal);
    }

    [Fact]
    public void Another_corpus_s_evaluation_part_may_be_used_and_all_of_the_first_is_trained_on()
    {
        _place.Write("wikitext-2-raw/wiki.test.raw", "to judge");
        _place.Write("openwebtext/a.jsonl", "{\"text\":\"one\"}\n{\"text\":\"two\"}\n");
        var request = new CorpusRequest { Name = CorpusNames.OpenWebText, Folder = _place.Folder, EvaluationCorpus = CorpusNames.WikiText2Raw };
        Assert.Equal(("one|two", "to judge"), CorpusFixture.Read(request));
    }

    [Fact]
    public void A_named_corpus_that_is_not_there_is_a_line_that_says_what_to_put_where()
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
