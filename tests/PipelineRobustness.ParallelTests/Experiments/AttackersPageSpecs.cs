using System.Text;
using PipelineRobustness.Adversity.Attacks;
using PipelineRobustness.Pipeline.Settings;
using PipelineRobustness.Tests.Ground;

namespace PipelineRobustness.Tests.Experiments;

/// <summary>The table of attacks in docs/attackers.md is made of their records.</summary>
public sealed class AttackersPageSpecs
{
    private const string Begin = "<!-- begin: made by AttackersPageSpecs -->\n";
    private const string End = "<!-- end -->";

    private static readonly string Page = Path.Combine(Repository.Root, "docs", "attackers.md");

    [Fact]
    public void The_page_lists_every_attack_with_its_options()
    {
        var text = File.ReadAllText(Page);
        var expected = text[..(text.IndexOf(Begin, StringComparison.Ordinal) + Begin.Length)] + Table() + text[text.IndexOf(End, StringComparison.Ordinal)..];
        if (Environment.GetEnvironmentVariable("REWRITE_GOLDEN") == "1") File.WriteAllText(Page, expected);
        Assert.Equal(expected, File.ReadAllText(Page));
    }

    private static string Table()
    {
        var table = new StringBuilder("| kind | what | options | remembers |\n|---|---|---|---|\n");
        foreach (var attack in AttackCatalog.Kinds.Select(AttackCatalog.Create).Where(attack => attack.GetType().Assembly == typeof(Attack).Assembly))
        {
            var options = SettingsSchema.Of(attack.GetType()).Settings.Where(setting => setting.Property.DeclaringType != typeof(Attack))
                .Select(setting => $"`{setting.Name}`, {setting.Written(attack)}: {ReferenceConf.Summary(setting.Property)}");
            string[] row = [$"`{attack.Kind}`", ReferenceConf.Summary(attack.GetType()), string.Join("<br>", options), attack.Remembers ? "yes" : ""];
            table.Append($"| {string.Join(" | ", row)} |\n");
        }

        return table.ToString();
    }
}
