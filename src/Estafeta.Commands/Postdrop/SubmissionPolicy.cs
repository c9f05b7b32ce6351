using System.Globalization;
using Estafeta.Configuration;
using Estafeta.Configuration.Catalogue;
using Estafeta.Configuration.Lists;
using Estafeta.Mail.Addresses;
using Estafeta.Services.Logging;
using Estafeta.Services.Rewriting;
using Estafeta.Tables;
using Estafeta.Tables.MatchLists;

namespace Estafeta.Commands.Postdrop;

/// <summary>Who may submit mail (authorized_submit_users), and under which envelope senders (local_login_sender_maps).</summary>
internal sealed class SubmissionPolicy : IAsyncDisposable
{
    private const string AnySender = "static:*";
    private readonly ParameterSet _parameters;
    private readonly TableSet _tables;
    private readonly string? _user;

    /// <param name="user">The login name; null when the user id has none.</param>
    public SubmissionPolicy(ParameterSet parameters, IMailLog log, string? user, uint uid)
    {
        _parameters = parameters;
        _tables = new TableSet(parameters) { Warn = log.Warning };
        _user = user;
        Uid = uid;
    }

    public uint Uid { get; }

    /// <returns>Null when the user may submit mail.</returns>
    public async ValueTask<string?> CheckUserAsync()
    {
        var users = DomainList.Open(Parameters.AuthorizedSubmitUsers, _tables);
        var user = _user ?? "unknown";
        var match = await users.MatchAsync(user, CancellationToken.None);
        return match.IsFound ? null : $"User {user}({Uid.ToString(CultureInfo.InvariantCulture)}) is not allowed to submit mail";
    }

    /// <returns>Null when the user may use the sender.</returns>
    public async ValueTask<string?> CheckSenderAsync(string sender)
    {
        var value = _parameters.Get(Parameters.LocalLoginSenderMaps);
        if (value == AnySender)
        {
            return null;
        }

        var maps = _tables.OpenList(Parameters.LocalLoginSenderMaps.Name, value);
        var found = await maps.LookupAsync(_user ?? string.Create(CultureInfo.InvariantCulture, $"uid:{Uid}"), CancellationToken.None);
        if (found.IsTrouble)
        {
            return $"local_login_sender_maps table lookup error for '{value}'";
        }

        var isAllowed = found.IsFound && Patterns(found.Value!).Exists(p => Matches(p, sender)); // what is found has a value
        return isAllowed ? null : $"not authorized to use sender='{sender}'";
    }

    public ValueTask DisposeAsync() => _tables.DisposeAsync();

    /// <summary>The words of a table's result; separators within double quotes are a local part's.</summary>
    private static List<string> Patterns(string text)
    {
        var patterns = new List<string>();
        var isQuoted = false;
        var start = 0;
        for (var i = 0; i <= text.Length; i++)
        {
            if (i == text.Length || (!isQuoted && WordList.Separators.Contains(text[i], StringComparison.Ordinal)))
            {
                if (i > start)
                {
                    patterns.Add(text[start..i]);
                }

                start = i + 1;
            }
            else if (text[i] == '\\' && i + 1 < text.Length)
            {
                i++;
            }
            else
            {
                isQuoted ^= text[i] == '"';
            }
        }

        return patterns;
    }

    /// <summary><c>*</c>, <c>&lt;&gt;</c>, <c>@domain</c>, or an address, whose extension does not matter.</summary>
    private bool Matches(string pattern, string sender)
    {
        if (pattern == "*")
        {
            return true;
        }

        if (sender.Length == 0)
        {
            return pattern.Equals(_parameters.Get(Parameters.EmptyAddressLocalLoginSenderMapsLookupKey), StringComparison.OrdinalIgnoreCase);
        }

        if (pattern.StartsWith('@'))
        {
            var at = sender.LastIndexOf('@');
            return at >= 0 && sender.AsSpan(at).Equals(pattern, StringComparison.OrdinalIgnoreCase);
        }

        return Is(sender) || (AddressExtensions.Load(_parameters).TryStrip(sender, out var stripped, out _) && Is(stripped));

        bool Is(string address) => pattern.Equals(LocalPart.Quote(address), StringComparison.OrdinalIgnoreCase);
    }
}
