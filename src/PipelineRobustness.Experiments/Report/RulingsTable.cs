using System.Globalization;
using PipelineRobustness.Adversity.Attacks;
using PipelineRobustness.Experiments.Runs;
using PipelineRobustness.Pipeline.Referee;

namespace PipelineRobustness.Experiments.Report;

/// <summary>The report's table of a run's rulings: who was convicted, when, of what, and which links were relayed.</summary>
internal static class RulingsTable
{
    private const int HashShown = 12;

    private static readonly string[] Columns = ["iteration", "attempt", "ruling", "act", "micro-batch", "seat", "node", "evidence"];

    /// <summary>Draws the table; null where there was no ruling.</summary>
    public static Markup? Of(RunResult run)
    {
        if (run.Refereed is not { Rulings: { Count: > 0 } rulings })
            return null;

        var body = new Markup();
        foreach (var ruling in rulings)
            body.Element("tr", Row(ruling));

        return HtmlTable.Of(Columns, body);
    }

    private static Markup Row(Ruling ruling)
    {
        var (convicted, evidence) = (ruling.Convicted, ruling.Convicted?.Evidence.ToString());
        return new Markup()
            .Element("td", Number(ruling.Iteration))
            .Element("td", Number(ruling.Attempt))
            .Element("td", ruling.Relayed is { } link
                ? $"relay from stage {link.From} to stage {link.To} ({RulingText.Connection(link)})" : $"conviction of stage {convicted!.Stage}")
            .Element("td", AttackEvent.Word(ruling.Act))
            .Element("td", ruling.MicroBatch is { } m ? Number(m) : "–")
            .Element("td", convicted is null ? "–" : Number(convicted.Seat))
            .Element("td", convicted?.Node.Name ?? "–")
            .Element("td", Hash(evidence), ("class", "hash"));
    }

    private static Markup Hash(string? evidence) =>
        evidence is null ? new Markup().Text("–") : new Markup().Element("code", evidence[..HashShown], ("title", evidence));

    private static string Number(long number) => number.ToString("#,0", CultureInfo.InvariantCulture);
}
