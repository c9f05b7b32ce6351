using Estafeta.Configuration;
using Estafeta.Mail.Addresses;
using Estafeta.Services.Logging;
using Estafeta.Services.Rewriting;
using Estafeta.Tables;

namespace Estafeta.Tests.Services.Rewriting;

/// <summary>vectors.tsv holds what Postfix's trivial-rewrite answered; every line is one assertion.</summary>
public sealed class AddressResolverTests
{
    private static readonly string[] Lines = File.ReadAllLines(Path.Combine(AppContext.BaseDirectory, "Services/Rewriting/vectors.tsv"));

    public static TheoryData<string> Configurations =>
        new(Lines.Where(l => l.StartsWith("C\t", StringComparison.Ordinal)).Select(l => l.Split('\t')[1]).Where(n => n != "common"));

    [Theory]
    [MemberData(nameof(Configurations))]
    public async Task Addresses_UnderConfiguration_GoWherePostfixSendsThem(string name)
    {
        var parameters = Load("common").With(Values(name));
        await using var tables = new TableSet(parameters);
        Assert.SkipWhen(Values(name).Any(v => v.Value.Contains("inline:") || v.Value.Contains("fail:")) && !HasInlineTables(tables), "no inline: tables yet");
        var resolver = AddressResolver.Create(parameters, tables, new MemoryMailLog(), TimeProvider.System);
        var wrong = new List<string>();
        foreach (var line in Lines.SkipWhile(l => !l.StartsWith($"C\t{name}", StringComparison.Ordinal)).Skip(1).TakeWhile(l => l[0] != 'C'))
        {
            var columns = line.Split('\t');
            var (expected, actual) = columns[0] == "W"
                ? (AddressText.ToInternal(columns[3]), resolver.Rewriter.RewriteExternal(columns[2], columns[1] == "local"))
                : (string.Join(' ', columns[3..]), Describe(await resolver.ResolveAsync(columns[1], columns[2], TestContext.Current.CancellationToken)));
            if (actual != expected)
            {
                wrong.Add($"{line.Replace('\t', ' ')} BUT {actual}");
            }
        }

        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
    }

    private static string Describe(ResolvedAddress resolved) => resolved.Class switch
    {
        AddressClass.Invalid => "invalid",
        AddressClass.Trouble => "trouble",
        var c => $"{Word(c)}{(resolved.IsRouted ? "+routed" : "")} {resolved.Transport} {resolved.Nexthop} {resolved.Recipient}",
    };

    private static string Word(AddressClass addressClass) => addressClass switch
    {
        AddressClass.VirtualAlias => "alias",
        AddressClass.VirtualMailbox => "mailbox",
        _ => addressClass.ToString().ToLowerInvariant(),
    };

    private static bool HasInlineTables(TableSet tables)
    {
        try
        {
            return !tables.OpenList("x", "inline:{a=b}").IsEmpty;
        }
        catch (ConfigurationException)
        {
            return false;
        }
    }

    private static ParameterSet Load(string name) => ParameterSet.Parse("").With(Values(name));

    private static IEnumerable<KeyValuePair<string, string>> Values(string name) =>
        Lines.Single(l => l.StartsWith($"C\t{name}\t", StringComparison.Ordinal) || l == $"C\t{name}").Split('\t').Skip(2)
            .Select(v => v.Split('=', 2)).Select(v => KeyValuePair.Create(v[0], v[1]));
}
