// A new Communication Services resource that accepts no access keys. For an existing resource, docs/operate.md switches
// the keys off: declaring it here would overwrite its other settings.

@description('The name of the resource.')
param name string

@description('The location of the data, such as Europe or United States. It cannot be changed later.')
param dataLocation string

resource communication 'Microsoft.Communication/communicationServices@2025-09-01' = {
  name: name
  location: 'global'
  properties: {
    dataLocation: dataLocation
    disableLocalAuth: true
  }
}

output endpoint string = 'https://${communication.properties.hostName}'
