using System.Text.Json;
using PipelineRobustness.Models;
using PipelineRobustness.Models.Text.Corpora;
using PipelineRobustness.Models.Text.Corpora.Sources;
using PipelineRobustness.Tests.Ground;

namespace PipelineRobustness.Tests.Models;

/// <summary>Records of comma-separated values are those that Python's csv reads.</summary>
public sealed class CsvSpecs : IDisposable
{
    private readonly CorpusFixture _place = new();

    public void Dispose() => _place.Dispose();

    /// <summary>Texts, and what Python 3.11's <c>csv.reader</c> makes of them; null where a quote is never closed.</summary>
    [Fact]
    public void Records_are_those_of_Python()
    {
        var cases = Repository.Read("tests/PipelineRobustness.ParallelTests/Models/Corpora/csv-by-python.jsonl").TrimEnd('\n').Split('\n');
        Assert.True(cases.Length >= 400);
        foreach (var one in cases)
        {
            using var json = JsonDocument.Parse(one);
            var expected = json.RootElement.GetProperty("records").Deserialize<string[][]>();
            using var records = new CsvRecords(new StringReader(json.RootElement.GetProperty("text").GetString()!), "a.csv");
            if (expected is not null)
                Assert.Equal(expected, All(records));
            else
                Refusal.Like("a.csv: line .. expected a closing quote, found the file's end", Assert.Throws<BadInputException>(() => All(records)).Message);
        }
    }

    [Theory]
    [InlineData("text\n# a heading\nplain\n#include <x>\n", "# a heading|plain|#include <x>")]
    [InlineData("#,text\n1,one\n#,two\n", "one|two")]
    [InlineData("#text\n#\n##\n", "#|##")]
    [InlineData("text\n a \n\tb\t\n", " a |\tb\t")]
    [InlineData("text\r\n'a'\r\n\"b\r\nc\"\r\n\r\nd\r\n", "'a'|b\r\nc|d")]
    [InlineData("text\rold\rmac\r", "old|mac")]
    [InlineData("text\n\"a\"\"b\"\"\"\n\"c\"d\ne\"f\"\n", "a\"b\"|cd|e\"f\"")]
    [InlineData("text,n\nNA,1\nnull,2\nNone\n1.50,4\nTRUE,5\n", "NA|null|None|1.50|TRUE")]
    [InlineData("n,text\n1\n2,only\n\n3,\n", "only")]
    public void Documents_are_neither_dropped_nor_trimmed_nor_converted(string csv, string documents)
    {
        var field = csv.StartsWith("#text", StringComparison.Ordinal) ? "#text" : null;
        Assert.Equal(documents, CorpusFixture.ReadWhole(_place.Write("a.csv", csv), field));
    }

    [Theory]
    [InlineData("id\ttext\n0\ta, b\n1\t\"c\td\"\n", "a, b|c\td")]
    [InlineData("text\nNA, and more\n", "NA, and more")]
    public void Values_separated_by_tabs_are_read_by_their_column(string tsv, string documents) =>
        Assert.Equal(documents, CorpusFixture.ReadWhole(_place.Write("a.tsv", tsv)));

    [Theory]
    [InlineData("{\"text\":\"a\",\"score\":NaN}\n{\"text\":\"NaN\",\"score\":-Infinity}\n", "a|NaN")]
    [InlineData("{\"text\":NaN}\n{\"text\":\"bbbbb\"}\n", "bbbbb")]
    public void Numbers_that_only_Python_writes_are_missing_values(string lines, string documents) =>
        Assert.Equal(documents, CorpusFixture.ReadWhole(_place.Write("a.jsonl", lines)));

    [Theory]
    [InlineData("text\none\ntwo, and its rest\n", "line 3: expected at most 1 fields, .., found 2")]
    [InlineData("text\n\"one\n\n\",\n", "line 2: expected at most 1 fields, .., found 2")]
    [InlineData("text\none\n\"two\nthree\n", "line 3: expected a closing quote, found the file's end")]
    [InlineData("text,text\na,b\n", "expected one field text (data.field), found 2 of that name")]
    [InlineData("id;text\n1;a\n", "expected a field text .., found id;text")]
    public void A_record_that_would_lose_text_is_refused_with_its_line(string csv, string message)
    {
        var path = _place.Write("a.csv", csv);
        Refusal.Like($"{path}: {message}", CorpusFixture.Refusal(new CorpusRequest { Path = path, ValidationShare = 0.5 }));
    }

    private static List<string[]> All(CsvRecords records)
    {
        var all = new List<string[]>();
        while (records.Read())
            all.Add([.. records.Fields]);
        return all;
    }
}
