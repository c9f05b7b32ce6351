using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Estafeta.Configuration.Lists;
using Estafeta.Tables.Sources;

namespace Estafeta.Tables.Mongodb;

/// <summary>The settings of mongodb_table(5), and <c>connections</c>, Estafeta's own.</summary>
internal sealed record MongodbSettings
{
    private const int DefaultConnections = 4;

    public required string Uri { get; init; }

    public required string Database { get; init; }

    public required string Collection { get; init; }

    /// <summary>JSON with <c>%</c> expansions, all of them inside JSON strings.</summary>
    public required KeyExpansion Filter { get; init; }

    /// <summary>JSON: which fields the server is to send.</summary>
    public required string Options { get; init; }

    public required AnswerRules Answers { get; init; }

    public required int Connections { get; init; }

    /// <exception cref="TableUnavailableException">A setting is missing or wrong.</exception>
    public static MongodbSettings Load(TableParameters parameters, TableRequest request)
    {
        return new MongodbSettings
        {
            Uri = parameters.GetRequired("uri"),
            Database = parameters.GetRequired("dbname"),
            Collection = parameters.GetRequired("collection"),
            Filter = Quoted(KeyExpansion.Parse("query_filter", parameters.GetRequired("query_filter")), parameters.GetRequired("query_filter"), request),
            Options = $"{{\"projection\": {Projection(parameters, request)}}}",
            Answers = AnswerRules.Load(parameters, request),
            Connections = parameters.GetInteger("connections", DefaultConnections, 1, 1000),
        };
    }

    /// <summary>A key inside a JSON string: it cannot become an operator or end the string.</summary>
    public static string Quote(string text) => JsonEncodedText.Encode(text, JavaScriptEncoder.UnsafeRelaxedJsonEscaping).ToString();

    // mongodb_table(5): the expansions "must appear in quotes". Outside of them a key would be JSON of the client's own.
    private static KeyExpansion Quoted(KeyExpansion filter, string text, TableRequest request)
    {
        var isInString = false;
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == '%' && !isInString)
            {
                throw new TableUnavailableException($"{request.Source}: query_filter: %{text[(i + 1)..(i + 2)]} must appear in quotes: {text}");
            }

            if (text[i] == '\\' && isInString)
            {
                i++; // what is escaped does not end the string
            }
            else if (text[i] == '"')
            {
                isInString = !isInString;
            }
        }

        return filter;
    }

    // projection as written, or made of the names in result_attribute.
    private static string Projection(TableParameters parameters, TableRequest request)
    {
        var projection = parameters.Get("projection", "");
        var names = WordList.Split(parameters.Get("result_attribute", ""));
        if (projection.Length > 0 == names.Count > 0)
        {
            throw new TableUnavailableException($"{request.Source}: one of the parameters 'result_attribute' and 'projection' must be specified, and not both");
        }

        if (projection.Length > 0)
        {
            return projection;
        }

        var text = new StringBuilder("{\"_id\": 0");
        foreach (var name in names)
        {
            text.Append(", \"").Append(Quote(name)).Append("\": 1");
        }

        return text.Append('}').ToString();
    }
}
