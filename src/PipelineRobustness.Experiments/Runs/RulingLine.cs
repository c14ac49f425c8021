using System.Text.Json.Nodes;
using PipelineRobustness.Pipeline.Messages;
using PipelineRobustness.Pipeline.Ports;
using PipelineRobustness.Pipeline.Referee;

namespace PipelineRobustness.Experiments.Runs;

/// <summary>A ruling as JSON, in <c>events.jsonl</c> and in <c>experiment.json</c>, and back.</summary>
internal static class RulingLine
{
    private const string Conviction = "conviction";
    private const string Relay = "relay";

    /// <summary>A ruling's JSON, without the kind of its line.</summary>
    public static JsonObject Of(Ruling ruling)
    {
        var json = new JsonObject
        {
            ["iteration"] = ruling.Iteration,
            ["attempt"] = ruling.Attempt,
            ["kind"] = ruling.Convicted is null ? Relay : Conviction,
            ["act"] = EnumWord.Of(ruling.Act),
            ["microBatch"] = ruling.MicroBatch,
        };
        if (ruling.Convicted is { } convicted)
        {
            json["stage"] = convicted.Stage;
            json["seat"] = convicted.Seat;
            json["node"] = convicted.Node.Name;
            json["evidence"] = convicted.Evidence.ToString();
            json["heard"] = convicted.Heard;
            if (convicted.AuditKey is { } key) json["auditKey"] = AuditKeyText.Of(key);
            if (convicted.FoundBy is { } finder) json["foundBy"] = finder;
        }

        if (ruling.Relayed is { } link)
        {
            json["from"] = link.From;
            json["to"] = link.To;
            json["direction"] = EnumWord.Of(link.Direction);
            json["link"] = EnumWord.Of(link.Link);
        }

        return json;
    }

    /// <summary>The ruling of a line.</summary>
    public static Ruling Read(JsonObject line) => new(
        (long)line["iteration"]!, (int)line["attempt"]!, EnumWord.Read<Act>(line["act"]), (int?)line["microBatch"],
        (string?)line["kind"] == Conviction ? ReadConviction(line) : null,
        (string?)line["kind"] == Relay ? ReadLink(line) : null);

    /// <summary>The same ruling whichever incarnation of the node the server knew.</summary>
    public static Ruling Plain(Ruling ruling) =>
        ruling.Convicted is { } convicted ? ruling with { Convicted = convicted with { Node = new NodeId(convicted.Node.Name) } } : ruling;

    private static Conviction ReadConviction(JsonObject line) => new(
        (int)line["stage"]!, (int)line["seat"]!, new NodeId((string)line["node"]!), Claim.Read(Convert.FromHexString((string)line["evidence"]!)),
        (int?)line["heard"], AuditKeyText.Read(line["auditKey"]), (int?)line["foundBy"]);

    private static StageLink ReadLink(JsonObject line) =>
        new(EnumWord.Read<Direction>(line["direction"]), EnumWord.Read<Link>(line["link"]), (int)line["from"]!, (int)line["to"]!);
}
