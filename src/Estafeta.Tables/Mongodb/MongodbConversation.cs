using System.Globalization;
using System.Text.Json;
using Estafeta.Tables.Sources;
using Estafeta.Tables.Text;

namespace Estafeta.Tables.Mongodb;

/// <summary>
/// One client of the driver, which keeps its connection and finds the servers of a replica set by itself. All strings and numbers of all documents
/// found, those in arrays and inner documents included, are results; <c>_id</c> is not.
/// </summary>
internal sealed unsafe class MongodbConversation(TableRequest request, MongodbSettings settings) : IBackEndConversation
{
    private const int ErrorVersion = 2;
    private const int SocketMilliseconds = 100_000;

    private nint _client;
    private nint _collection;

    public LookupResult Ask(string key)
    {
        var filter = settings.Filter.Expand(key, MongodbSettings.Quote);
        if (filter == null)
        {
            return LookupResult.NotFound;
        }

        try
        {
            Connect();
            using var query = new Document(filter, "query_filter");
            using var options = new Document(settings.Options, "projection");
            var values = settings.Answers.Collect(request, key);
            Find(query, options, values);
            return values.ToResult();
        }
        catch (IOException e)
        {
            request.Tables.Warn($"{request.Name}: key '{key}': {e.Message}");
            return LookupResult.Trouble(e.Message);
        }
    }

    public void Dispose()
    {
        if (_client != 0)
        {
            MongodbLibrary.FreeCollection(_collection);
            MongodbLibrary.FreeClient(_client);
            _client = 0;
        }
    }

    private void Connect()
    {
        if (_client != 0)
        {
            return;
        }

        var uri = MongodbLibrary.ParseUri(settings.Uri, out var error);
        if (uri == 0)
        {
            throw new IOException($"bad uri: {error}");
        }

        if (MongodbLibrary.GetOption(uri, MongodbLibrary.SocketTimeout, 0) == 0)
        {
            _ = MongodbLibrary.SetOption(uri, MongodbLibrary.SocketTimeout, SocketMilliseconds);
        }

        _client = MongodbLibrary.CreateClient(uri);
        MongodbLibrary.FreeUri(uri);
        if (_client == 0)
        {
            throw new IOException("the uri asks for what this MongoDB driver cannot do");
        }

        _ = MongodbLibrary.SetErrorVersion(_client, ErrorVersion);
        _collection = MongodbLibrary.OpenCollection(_client, settings.Database, settings.Collection);
    }

    private void Find(Document query, Document options, ResultValues values)
    {
        var cursor = MongodbLibrary.Find(_collection, query.Handle, options.Handle, 0);
        try
        {
            while (MongodbLibrary.Next(cursor, out var document))
            {
                Add(document, values);
            }

            if (MongodbLibrary.HasFailed(cursor, out var error))
            {
                throw new IOException($"query failed: {error}");
            }
        }
        finally
        {
            MongodbLibrary.FreeCursor(cursor);
        }
    }

    private void Add(nint document, ResultValues values)
    {
        var text = MongodbLibrary.ToJson(document, out var length);
        try
        {
            using var json = JsonDocument.Parse(new ReadOnlySpan<byte>(text, (int)length).ToArray());
            foreach (var property in json.RootElement.EnumerateObject())
            {
                if (property.Name != "_id")
                {
                    Add(property.Value, property.Name, values);
                }
            }
        }
        finally
        {
            MongodbLibrary.FreeText(text);
        }
    }

    private void Add(JsonElement element, string name, ResultValues values)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.String:
                Add(element.GetString()!, values); // a string is not null
                break;
            case JsonValueKind.Number:
                Add(element.TryGetInt64(out var whole) ? whole.ToString(CultureInfo.InvariantCulture) : element.GetRawText(), values);
                break;
            case JsonValueKind.Array:
                foreach (var item in element.EnumerateArray())
                {
                    Add(item, name, values);
                }

                break;
            case JsonValueKind.Object:
                foreach (var property in element.EnumerateObject())
                {
                    if (property.Name.StartsWith('$'))
                    {
                        request.Tables.Warn($"{request.Name}: failed to retrieve value of '{name}': {property.Name} is neither text nor a number");
                        break;
                    }

                    Add(property.Value, property.Name, values);
                }

                break;
            case JsonValueKind.Null:
                break;
            default:
                request.Tables.Warn($"{request.Name}: failed to retrieve value of '{name}': it is neither text nor a number");
                break;
        }
    }

    private static void Add(string value, ResultValues values)
    {
        if (!values.TryAdd(value, out var problem))
        {
            throw new IOException(problem);
        }
    }

    private readonly ref struct Document
    {
        public Document(string json, string what)
        {
            var octets = RawText.Encode(json);
            fixed (byte* text = octets)
            {
                Handle = MongodbLibrary.FromJson(text, octets.Length, out var error);
                if (Handle == 0)
                {
                    throw new IOException($"bad JSON in {what}: {error}");
                }
            }
        }

        public nint Handle { get; }

        public void Dispose() => MongodbLibrary.FreeDocument(Handle);
    }
}
