using PipelineRobustness.Experiments.Runs;
using PipelineRobustness.Models;
using PipelineRobustness.Models.Text;
using PipelineRobustness.Models.Text.Corpora;

namespace PipelineRobustness.Tests.Experiments;

/// <summary>The settings in section <c>data</c> determine the text; a command that needs no text neither downloads nor tokenises.</summary>
public sealed class DataSettingsSpecs : IDisposable
{
    private const string Small = "training { iterations = 1, micro-batches = 1, sequence-length = 8 }\n";

    private const string WikiText = "data { corpus = wikitext-2, folder = texts-of-a-test }\n";

    private readonly ExperimentFiles _files = new();

    public DataSettingsSpecs()
    {
        _files.Write(" = Title = \n to train on , and more of it \n", "texts-of-a-test/wikitext-2/wiki.train.tokens");
        _files.Write(" to judge by , and more of it \n", "texts-of-a-test/wikitext-2/wiki.test.tokens");
    }

    public void Dispose() => _files.Dispose();

    [Fact]
    public void A_corpus_by_name_is_looked_for_next_to_the_experiment_file()
    {
        var settings = _files.Read(Small + WikiText + "data.detokenise = true");
        var run = Assert.Single(PreparedExperiment.Prepare(settings).Runs);
        Assert.Equal("= Title =\n\nto train on, and more of it", new ByteTokenizer().Decode(run.Corpus.Train.ToArray()));
        Assert.Equal("to judge by, and more of it", new ByteTokenizer().Decode(run.Corpus.Validation.ToArray()));
    }

    [Fact]
    public void Runs_may_differ_in_their_text()
    {
        _files.Write("{\"body\":\"one document of some length\"}\n", "a.jsonl");
        var settings = _files.Read(
            Small + "data.folder = texts-of-a-test\n"
            + "runs = [{ name = a, data { path = a.jsonl, field = body, evaluation-corpus = wikitext-2 } }, { name = b }]");
        var runs = PreparedExperiment.Prepare(settings).Runs;
        Assert.Equal([27L, runs[1].Corpus.Train.Length], runs.Select(run => run.Corpus.Train.Length));
        Assert.Equal(" to judge by , and more of it \n", new ByteTokenizer().Decode(runs[0].Corpus.Validation.ToArray()));
        Assert.Equal("embedded", runs[1].Corpus.Name);
    }

    [Theory]
    [InlineData("data.corpus = wikitext", "a.conf:5: data.corpus: expected .. 2 .. 2 .. arxiv-abstracts .., found wikitext")]
    [InlineData("data.evaluation-corpus = x", "a.conf:5: data.evaluation-corpus: expected .. 2 .. 2 .. arxiv-abstracts .., found x")]
    [InlineData("data.detokenise = perhaps", "a.conf:5: data.detokenise: expected .., found perhaps")]
    public void A_wrong_data_setting_is_named(string text, string message) => Refusal.Like(message, _files.Refused("\n\n\n\n" + text));

    [Fact]
    public void Files_of_a_tokenizer_are_judged_where_no_text_is_read()
    {
        var folder = Directory.CreateDirectory(Path.Combine(_files.Folder, "tokenizer")).FullName;
        var path = Path.Combine(folder, "tokenizer.json");
        File.WriteAllText(path, "version https://git-lfs.github.com/spec/v1\noid sha256:ab\nsize 1\n");
        Assert.StartsWith(
            $"{path}: expected UTF-8 text, found a Git LFS pointer",
            Assert.Throws<BadInputException>(() => PreparedExperiment.Outline(_files.Read($"{Small}model.tokenizer = \"{folder}\""))).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_run_without_text_reports_a_missing_path_but_no_missing_download()
    {
        var surroundings = new CorpusEnvironment { Network = () => throw new InvalidOperationException("the network was used") };
        var run = Assert.Single(PreparedExperiment.Outline(_files.Read(Small + "data { corpus = openwebtext, folder = texts-of-a-test }"), surroundings).Runs);
        Assert.Null(run.Text);
        Assert.Throws<InvalidOperationException>(() => run.Corpus);
        Assert.Contains(
            "absent.txt: expected a file, found nothing there",
            Assert.Throws<BadInputException>(() => PreparedExperiment.Outline(_files.Read(Small + "data.path = absent.txt"), surroundings)).Message,
            StringComparison.Ordinal);
        File.Delete(Path.Combine(_files.Folder, "texts-of-a-test", "wikitext-2", "wiki.train.tokens"));
        Assert.Contains(
            "expected wiki.train.tokens to train on",
            Assert.Throws<BadInputException>(() => PreparedExperiment.Outline(_files.Read(Small + WikiText), surroundings)).Message,
            StringComparison.Ordinal);
    }
}
