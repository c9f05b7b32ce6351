using Estafeta.Commands.CommandLine;
using Estafeta.Configuration.MasterCf;

namespace Estafeta.Commands.Postconf;

/// <summary><c>service/type/detail</c> of the command line, where <c>*</c> and what is left out match anything.</summary>
internal sealed class ServicePattern
{
    private const string Any = "*";

    private ServicePattern(string request, string service, string type, string detail)
    {
        Request = request;
        Service = service;
        Type = type;
        Detail = detail;
    }

    public string Request { get; }

    public string Service { get; }

    public string Type { get; }

    /// <summary>A field or parameter name; empty when left out.</summary>
    public string Detail { get; }

    public bool IsAnyDetail => Detail is "" or Any;

    public bool WasMatched { get; set; }

    /// <summary>All patterns of a command line; without any, one that matches everything.</summary>
    public static IReadOnlyList<ServicePattern> ParseAll(IReadOnlyList<string> requests, int parts, string complaint) =>
        requests.Count == 0
            ? [new ServicePattern("", Any, Any, "")]
            : [.. requests.Select(request => Parse(request, 1, parts, complaint))];

    /// <exception cref="CommandException">There are too few or too many parts.</exception>
    public static ServicePattern Parse(string request, int fewest, int most, string complaint)
    {
        var parts = request.Split('/', StringSplitOptions.RemoveEmptyEntries);
        if (parts.Length < fewest || parts.Length > most || request.StartsWith('/'))
        {
            throw new CommandException(complaint);
        }

        return new ServicePattern(request, parts[0], parts.Length > 1 ? parts[1] : Any, parts.Length > 2 ? parts[2] : "");
    }

    /// <exception cref="CommandException">No column has that name.</exception>
    public static int FieldIndex(string name)
    {
        for (var i = 0; i < ServiceLine.FieldNames.Count; i++)
        {
            if (ServiceLine.FieldNames[i] == name)
            {
                return i;
            }
        }

        throw new CommandException($"invalid service attribute name: \"{name}\"");
    }

    public bool Matches(ServiceLine line) => Matches(line.Name, line.Type);

    public bool Matches(string service, string type) => (Service == Any || Service == service) && (Type == Any || Type == type);
}
