using System.Reflection;
using System.Text;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using PipelineRobustness.Experiments.Settings;
using PipelineRobustness.Pipeline.Settings;

namespace PipelineRobustness.Tests.Experiments;

/// <summary>
/// <c>hocon/reference.conf</c>, made from the records of settings: each setting with its initializer as default and its summary,
/// which the compiler writes into the assembly's XML documentation, as comment.
/// </summary>
internal static partial class ReferenceConf
{
    private const int Width = 120;

    private const string Top =
        """
        # Every setting of an experiment file: its default, its unit, its meaning.
        #
        # Generated from the records of settings in src (RunSettings and TopSettings): change it there, then run the test
        # ReferenceConfSpecs with REWRITE_GOLDEN=1. An experiment file contains what differs from these defaults; `--set key=value` on the
        # command line overrides the file, and each entry of `runs` overrides both for that run. Sections merge key by key; a list
        # or a plain value replaces the one below it. `config FILE.conf` prints the result, with the origin of each value.


        """;

    private const string Bottom =
        """

        # The runs, in the order listed: { name = ..., from = ..., and any setting above that differs }.
        # `name` is letters, digits, '-', '_' and, inside, '.'. `from` names an earlier run, whose final weights this one starts with.
        # An empty list means a single run, called base, with the settings as they are.
        runs = []

        # More runs, after those: { any setting = a value, or a list of values }. Every combination of the lists is a run; the
        # first list changes slowest. `name` and `from` are patterns in which {setting} stands for its value in the run:
        #
        #   grid = {
        #     name = "fwd-{attack.forward.rate}-{defence.remedy}", from = pretrain
        #     attack.forward { kind = sign-flip, rate = [0.3, 0.7] }
        #     defence.remedy = [off, skip, restart]
        #   }
        #
        # Without `name`, names are made of the lists' keys and values (rate-0.3_remedy-skip). A list for a whole `attack.forward`
        # or `attack.backward` contains alternatives, each { ... }, or [ ... ] for several attacks at once or, empty, for none.
        # Several grids are a list [ { ... }, { ... } ]. At most 10000 runs.
        grid = []

        """;

    /// <summary>The text of the file.</summary>
    public static string Text()
    {
        var text = new StringBuilder(Top);
        Section(text, new RunSettings(), "");
        text.Append('\n');
        Section(text, new TopSettings(), "");
        return text.Append(Bottom).ToString();
    }

    private static void Section(StringBuilder text, object record, string indent)
    {
        var listed = new HashSet<Type>();
        foreach (var (index, setting) in SettingsSchema.Of(record.GetType()).Settings.Index())
        {
            if (index > 0) text.Append('\n');
            Comment(text, Summary(setting.Property), indent);
            foreach (var (value, meaning) in setting.Kind?.Meanings ?? []) Comment(text, $"{value}: {meaning}", indent, "  ");
            if (setting.Entries is { } kinds && listed.Add(kinds.GetType())) Kinds(text, kinds, indent);
            if (setting.Section is null)
            {
                text.Append($"{indent}{setting.Name} = {Value(setting, record)}\n");
                continue;
            }

            text.Append($"{indent}{setting.Name} {{\n");
            Section(text, setting.Property.GetValue(record)!, indent + "  ");
            text.Append($"{indent}}}\n");
        }
    }

    // The settings that every entry has, then a block for each kind.
    private static void Kinds(StringBuilder text, SettingsByKind kinds, string indent)
    {
        string[] common = [.. kinds.Common];
        IEnumerable<(Setting Setting, object Entry)> Options(Type type) =>
            SettingsSchema.Of(type).Settings.Select(setting => (setting, Activator.CreateInstance(type)!));
        if (common.Length > 1) Comment(text, "Settings of every kind:", indent);
        foreach (var (setting, entry) in Options(kinds.Types.Values.First()).Where(option => common.Contains(option.Setting.Name)))
            Comment(text, Option(setting, entry), indent, "    ", "  ");
        foreach (var (kind, type) in kinds.Types.OrderBy(one => one.Key, StringComparer.Ordinal))
        {
            Comment(text, $"kind = {kind}: {Summary(type)}", indent, "  ");
            foreach (var (setting, entry) in Options(type).Where(option => !common.Contains(option.Setting.Name)))
                Comment(text, Option(setting, entry), indent, "      ", "    ");
        }
    }

    private static string Option(Setting setting, object entry) =>
        $"{setting.Name}: {setting.Kind!.Expected}{(setting.IsList ? ", or a list of such" : "")}; {Default(setting, entry)}. {Summary(setting.Property)}";

    private static string Default(Setting setting, object entry) => setting.IsRequired ? "required"
        : setting.Property.GetValue(entry) is null ? "no default"
        : $"default {setting.Written(entry)}";

    private static void Comment(StringBuilder text, string words, string indent, string hanging = "", string first = "")
    {
        foreach (var (index, line) in Wrapped(words, Width - indent.Length - hanging.Length - 2).Index())
            text.Append($"{indent}# {(index > 0 ? hanging : first)}{line}\n");
    }

    private static string Value(Setting setting, object record) => setting.IsEntry ? Entry(setting.Entries!, setting.Property.GetValue(record)!)
        : setting.IsList || setting.Entries is not null ? "[]"
        : setting.Written(record) is { Length: > 0 } written ? written
        : "\"\"";

    private static string Entry(SettingsByKind kinds, object entry) =>
        $"{{ {SettingsByKind.Key} = {kinds.Types.Single(one => one.Value == entry.GetType()).Key} }}";

    /// <summary>What a type is for.</summary>
    public static string Summary(Type type) => Summary(type, $"T:{type.FullName}");

    /// <summary>What a setting means.</summary>
    public static string Summary(PropertyInfo property) =>
        Summary(property.DeclaringType!, $"P:{property.DeclaringType!.FullName!.Replace('+', '.')}.{property.Name}");

    private static string Summary(Type type, string name)
    {
        var documentation = XDocument.Load(Path.ChangeExtension(type.Assembly.Location, ".xml"));
        var member = documentation.Descendants("member").Single(m => m.Attribute("name")!.Value == name);
        var summary = member.Element("summary")!;
        foreach (var code in summary.Descendants("c").ToList()) code.ReplaceWith($"`{code.Value}`");
        return Blank().Replace(summary.Value, " ").Trim();
    }

    private static IEnumerable<string> Wrapped(string text, int width)
    {
        var line = new StringBuilder();
        foreach (var word in text.Split(' '))
        {
            if (line.Length > 0 && line.Length + 1 + word.Length > width)
            {
                yield return line.ToString();
                line.Clear();
            }

            line.Append(line.Length > 0 ? " " : "").Append(word);
        }

        yield return line.ToString();
    }

    [GeneratedRegex(@"\s+")]
    private static partial Regex Blank();
}
